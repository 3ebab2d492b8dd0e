/* A tap on the map is a place in the list: the form is the same without this. */
const area = document.querySelector(".area");
if (area) {
  const above = area.querySelector("svg + svg");
  const [west, north, metres] = area.dataset.frame.split(" ").map(Number);
  const list = document.getElementById("place");
  const told = document.getElementById("told-place");
  const reach = document.getElementById("reach");
  const spot = document.getElementById("tapped");
  area.hidden = false;

  const show = (x, y) => {
    spot.setAttribute("cx", x);
    spot.setAttribute("cy", y);
    spot.removeAttribute("hidden");
  };
  const shown = () => {
    const [x, y] = list.value.split(" ").map(Number);
    if (list.value) show((x - west) / metres, (north - y) / metres);
    else spot.setAttribute("hidden", "");
  };
  above.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(above.getScreenCTM().inverse());
    if (!reach.isPointInFill(at)) {
      told.textContent = area.dataset.outside;
      return;
    }
    const value = `${Math.round(west + at.x * metres)} ${Math.round(north - at.y * metres)}`;
    let own = document.getElementById("own");
    if (!own) {
      own = new Option("", "");
      own.id = "own";
      list.add(own, 1);
    }
    own.textContent = area.dataset.tapped;
    own.value = value;
    list.value = value;
    show(at.x, at.y);
    told.textContent = area.dataset.tapped;
  });
  list.addEventListener("change", () => {
    told.textContent = "";
    shown();
  });
  // What was sent and refused, or what the browser remembers.
  shown();
}

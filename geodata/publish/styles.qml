<!DOCTYPE qgis>
{# One layer's style, as QGIS 3.22 and later read it, in the same colours as the map on the screen.

   What the colours are, and from where, stands in `geodata.palette`. An area's fill lets what lies
   under it show; outlines are wide in millimetres. #}
{% macro symbol(number, sort, settings, size='') %}
<symbol name="{{ number }}" type="{{ sort }}" alpha="1" clip_to_extent="1" force_rhr="0">
<layer class="Simple{{ sort | capitalize }}" pass="0" locked="0" enabled="1">
<Option type="Map">
{% for key, value in settings.items() %}
<Option name="{{ key }}" value="{{ value }}" type="QString"/>
{% endfor %}
</Option>
{# Versions before 3.24 read this spelling. #}
{% for key, value in settings.items() %}
<prop k="{{ key }}" v="{{ value }}"/>
{% endfor %}
{% if size %}
{# QgsPropertyCollection as QGIS writes it; 3 is QgsProperty::ExpressionBasedProperty. #}
<data_defined_properties>
<Option type="Map">
<Option name="name" value="" type="QString"/>
<Option name="properties" type="Map">
<Option name="size" type="Map">
<Option name="active" value="true" type="bool"/>
<Option name="expression" value="{{ size }}" type="QString"/>
<Option name="type" value="3" type="int"/>
</Option>
</Option>
<Option name="type" value="collection" type="QString"/>
</Option>
</data_defined_properties>
{% endif %}
</layer>
</symbol>
{% endmacro %}
{% macro area(number, state) %}
{{ symbol(number, 'fill', {'color': states[state].fill | colour(fill_alpha), 'style': 'solid',
    'outline_color': states[state].stroke | colour, 'outline_style': 'dash' if state in uncertain else 'solid',
    'outline_width': '0.6', 'outline_width_unit': 'MM'}) }}
{% endmacro %}
{% macro line(number, ink, style) %}
{{ symbol(number, 'line', {'line_color': ink | colour, 'line_style': style, 'line_width': '0.9',
    'line_width_unit': 'MM', 'capstyle': 'round', 'joinstyle': 'round'}) }}
{% endmacro %}
{# A light ring on dark signs and a dark one on light, so that they stand out anywhere. #}
{% macro marker(number, fill, name, size_mm) %}
{{ symbol(number, 'marker', {'name': name, 'color': fill | colour,
    'outline_color': (white if fill == ink else ink) | colour, 'outline_style': 'solid', 'outline_width': '0.3',
    'outline_width_unit': 'MM', 'size': size_mm, 'size_unit': 'MM'}) }}
{% endmacro %}
{% set column = {'areas': 'state', 'walks': 'status', 'findings': 'status'}.get(layer) %}
{% set label = {'areas': 'area_name', 'hot_spots': 'name'}.get(layer) %}
{% set values = {'areas': states, 'walks': walk_styles, 'findings': finding_colours}.get(layer, {}) | list %}
<qgis version="3.22.0" styleCategories="Symbology|Labeling">
<renderer-v2 type="{{ 'categorizedSymbol' if column else 'singleSymbol' }}" symbollevels="0" enableorderby="0" forceraster="0"
{%- if column %} attr="{{ column }}"{% endif %}>
{% if column %}
<categories>
{% for value in values %}
<category value="{{ value }}" label="{{ w('%s.%s' % ('state' if layer == 'areas' else layer[:-1], value)) }}" symbol="{{ loop.index0 }}" render="true"/>
{% endfor %}
{% if layer == 'areas' %}
<category value="" label="" symbol="{{ values | length }}" render="true"/>
{% endif %}
</categories>
{% endif %}
<symbols>
{% if layer == 'areas' %}
{% for state in values + ['not_started'] %}{{ area(loop.index0, state) }}{% endfor %}
{% elif layer == 'walks' %}
{% for style in walk_styles.values() %}{{ line(loop.index0, '#00588A', style) }}{% endfor %}
{% elif layer == 'findings' %}
{% for fill in finding_colours.values() %}{{ marker(loop.index0, fill, 'diamond', '3.4') }}{% endfor %}
{% elif layer == 'hot_spots' %}
{# A circle as wide as it is on the ground. #}
{{ symbol(0, 'marker', {'name': 'circle', 'color': '#B3400A' | colour(40), 'outline_color': '#B3400A' | colour,
    'outline_style': 'solid', 'outline_width': '0.6', 'outline_width_unit': 'MM', 'size': '300',
    'size_unit': 'RenderMetersInMapUnits'}, '2 * "radius_m"') }}
{% elif layer == 'activities_points' %}
{{ marker(0, ink, 'circle', '2.4') }}
{% elif layer == 'activities_lines' %}
{{ line(0, ink, 'solid') }}
{% elif layer == 'places' %}
{{ marker(0, white, 'square', '2.0') }}
{% endif %}
</symbols>
</renderer-v2>
{% if label %}
<labeling type="simple">
<settings calloutType="simple">
<text-style fieldName="{{ label }}" isExpression="0" fontSize="11" fontSizeUnit="Point" fontWeight="63"
    textColor="{{ ink | colour }}" textOpacity="1">
<text-buffer bufferDraw="1" bufferSize="1" bufferSizeUnits="MM" bufferColor="{{ white | colour }}" bufferOpacity="1"/>
</text-style>
</settings>
</labeling>
{% endif %}
</qgis>

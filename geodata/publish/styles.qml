<!DOCTYPE qgis>
{# One layer's style, as QGIS 3.22 and later read it. #}
<qgis version="3.22.0" styleCategories="Symbology|Labeling">
<renderer-v2 type="{{ 'categorizedSymbol' if column else 'singleSymbol' }}" symbollevels="0" enableorderby="0" forceraster="0"
{%- if column %} attr="{{ column }}"{% endif %}>
{% if column %}
<categories>
{% for look in looks %}
<category value="{{ look.value }}" label="{{ look.label }}" symbol="{{ loop.index0 }}" render="true"/>
{% endfor %}
</categories>
{% endif %}
<symbols>
{% for look in looks %}
<symbol name="{{ loop.index0 }}" type="{{ sort }}" alpha="1" clip_to_extent="1" force_rhr="0">
<layer class="{{ classes[sort] }}" pass="0" locked="0" enabled="1">
<Option type="Map">
{% for key, value in look.settings.items() %}
<Option name="{{ key }}" value="{{ value }}" type="QString"/>
{% endfor %}
</Option>
{# Versions before 3.24 read this spelling. #}
{% for key, value in look.settings.items() %}
<prop k="{{ key }}" v="{{ value }}"/>
{% endfor %}
{% if look.size %}
{# QgsPropertyCollection as QGIS writes it; 3 is QgsProperty::ExpressionBasedProperty. #}
<data_defined_properties>
<Option type="Map">
<Option name="name" value="" type="QString"/>
<Option name="properties" type="Map">
<Option name="size" type="Map">
<Option name="active" value="true" type="bool"/>
<Option name="expression" value="{{ look.size }}" type="QString"/>
<Option name="type" value="3" type="int"/>
</Option>
</Option>
<Option name="type" value="collection" type="QString"/>
</Option>
</data_defined_properties>
{% endif %}
</layer>
</symbol>
{% endfor %}
</symbols>
</renderer-v2>
{% if label %}
<labeling type="simple">
<settings calloutType="simple">
<text-style fieldName="{{ label }}" isExpression="0" fontSize="11" fontSizeUnit="Point" fontWeight="63"
    textColor="{{ ink }}" textOpacity="1">
<text-buffer bufferDraw="1" bufferSize="1" bufferSizeUnits="MM" bufferColor="{{ white }}" bufferOpacity="1"/>
</text-style>
</settings>
</labeling>
{% endif %}
</qgis>

{{/* The port of a URL: the one in it, else that of its scheme, 5432 where that is none of the web's.
     By expressions, because urlParse shows the whole URL, password and all, where it cannot read it. */}}
{{- define "booth-sync.port" -}}
{{- $port := regexFind "//[^/?#]*" . | regexFind ":[0-9]+$" | trimPrefix ":" -}}
{{- $ofScheme := dict "http" "80" "https" "443" -}}
{{- default (get $ofScheme (regexFind "^[a-z]*" .) | default "5432") $port -}}
{{- end -}}

{{/* A rule of egress. Takes ports and, as needed, to, and protocols instead of TCP. */}}
{{- define "booth-sync.egress" -}}
{{- $protocols := .protocols | default (list "TCP") -}}
- ports:
    {{- range $port := .ports }}
    {{- range $protocols }}
    - port: {{ int64 $port }}
      protocol: {{ . }}
    {{- end }}
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The rule of egress to where a variable's URL leads. Takes root, name (the variable's) and
     destination: its ports count, else that of the URL. */}}
{{- define "booth-sync.egressTo" -}}
{{- $port := include "booth-sync.knownValue" . | include "booth-sync.port" -}}
{{- include "booth-sync.egress" (dict "ports" (default (list $port) .destination.ports) "to" .destination.to) -}}
{{- end -}}

{{/* The rules of egress of every pod, migrations too: DNS, the database, and what the user adds. */}}
{{- define "booth-sync.commonEgress" -}}
{{- with .Values.networkPolicy -}}
{{ include "booth-sync.egress" (merge (dict "protocols" (list "UDP" "TCP")) .dns) }}
{{ include "booth-sync.egressTo" (dict "root" $ "name" "DATABASE_URL" "destination" .database) }}
{{- with .extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
{{- end -}}

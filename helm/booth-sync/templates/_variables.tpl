{{/* What extraEnv gives, NAME too where it gives NAME_FILE, as a JSON array. It counts before the chart's. */}}
{{- define "booth-sync.extraNames" -}}
{{- $names := list -}}
{{- range .Values.extraEnv -}}
{{- $names = append $names .name -}}
{{- $names = append $names (trimSuffix "_FILE" .name) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{/* The variables that are no secrets, as a JSON object; those that are not set are left out. */}}
{{- define "booth-sync.config" -}}
{{- $config := dict -}}
{{- range $name, $value := .Values.config -}}
{{- if ne (toString $value) "" -}}
{{- $_ := set $config $name (ternary $value (toJson $value) (kindIs "string" $value)) -}}
{{- end -}}
{{- end -}}
{{- $instance := printf "%s/%s" .Release.Namespace (include "booth-sync.fullname" .) -}}
{{- if not (hasKey $config "BOOTH_SYNC_INSTANCE") }}{{ $_ := set $config "BOOTH_SYNC_INSTANCE" $instance }}{{ end -}}
{{- if (.Values.pushgateway | default dict).enabled }}{{ $_ := set $config "BOOTH_SYNC_PUSHGATEWAY_URL" (printf "http://%s-pushgateway:9091" (include "booth-sync.fullname" .)) }}{{ end -}}
{{- $_ := set $config "BOOTH_SYNC_CRONJOBS" (include "booth-sync.cronJobNames" . | fromJsonArray | join ",") -}}
{{- $_ := set $config "BOOTH_SYNC_NAMESPACE" .Release.Namespace -}}
{{- $_ := set $config "TIME_ZONE" .Values.timeZone -}}
{{- range include "booth-sync.extraNames" . | fromJsonArray }}{{ $_ := unset $config . }}{{ end -}}
{{- toJson $config -}}
{{- end -}}

{{/* The secrets that are set, by variable, as a JSON object of those values. */}}
{{- define "booth-sync.secrets" -}}
{{- $secrets := dict -}}
{{- range $name, $secret := .Values.secrets -}}
{{- if or $secret.value $secret.existingSecret -}}
{{- $_ := set $secrets $name $secret -}}
{{- else if and $.Values.existingSecret (or (has $name (list "DATABASE_URL" "SECRET_KEY")) $secret.key) -}}
{{- $_ := set $secrets $name (dict "existingSecret" $.Values.existingSecret "key" $secret.key) -}}
{{- end -}}
{{- end -}}
{{- range include "booth-sync.extraNames" . | fromJsonArray }}{{ $_ := unset $secrets . }}{{ end -}}
{{- toJson $secrets -}}
{{- end -}}

{{/* Volume sources of the secrets. Takes root, own, the Secret of the chart's own, and, as needed, admin. */}}
{{- define "booth-sync.secretSources" -}}
{{- $own := .own -}}
{{- range $name, $secret := include "booth-sync.secrets" .root | fromJson }}
- secret:
    name: {{ default $own $secret.existingSecret | quote }}
    items:
      - key: {{ ternary (default $name $secret.key) $name (not (empty $secret.existingSecret)) | quote }}
        path: {{ $name }}
{{- end }}
{{- if .admin }}
{{- with .root.Values.web.admin }}
- secret:
    name: {{ .existingSecret | quote }}
    optional: true # it may be deleted once there is an administrator
    items:
      - key: {{ .usernameKey | quote }}
        path: BOOTH_SYNC_ADMIN_USERNAME
      - key: {{ .passwordKey | quote }}
        path: BOOTH_SYNC_ADMIN_PASSWORD
{{- end }}
{{- end }}
{{- end -}}

{{/* The name of the chart's own Secret: not that of the release, which users give to theirs. */}}
{{- define "booth-sync.ownSecret" -}}
{{- printf "%s-chart" (include "booth-sync.fullname" .) -}}
{{- end -}}

{{/* The secrets whose values are in the chart's values, as a Secret's stringData. */}}
{{- define "booth-sync.ownSecrets" -}}
{{- range $name, $secret := include "booth-sync.secrets" . | fromJson }}
{{- if not $secret.existingSecret }}
{{ $name }}: {{ $secret.value | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether a variable is given in any of the ways. Takes root and name. */}}
{{- define "booth-sync.isGiven" -}}
{{- $secrets := include "booth-sync.secrets" .root | fromJson -}}
{{- $config := include "booth-sync.config" .root | fromJson -}}
{{- $extra := include "booth-sync.extraNames" .root | fromJsonArray -}}
{{- if or (hasKey $secrets .name) (hasKey $config .name) (has .name $extra) }}true{{ end -}}
{{- end -}}

{{/* A variable's value, empty where only a Secret or a file of the user's holds it. Of extraEnv only
     what is an address is known. Takes root and name. */}}
{{- define "booth-sync.knownValue" -}}
{{- $name := .name -}}
{{- range .root.Values.extraEnv -}}
{{- if and (eq .name $name) (regexMatch "^[A-Za-z]+://" (toString .value)) }}{{ .value }}{{ end -}}
{{- end -}}
{{- $secret := get (include "booth-sync.secrets" .root | fromJson) .name | default dict -}}
{{- if not $secret.existingSecret -}}
{{- $secret.value | default (get (include "booth-sync.config" .root | fromJson) .name) -}}
{{- end -}}
{{- end -}}

{{/* How old the last success may be, in seconds: that of the alerts, else of the site itself. */}}
{{- define "booth-sync.staleSeconds" -}}
{{- (.Values.alerts | default dict).staleSeconds | default .Values.config.BOOTH_SYNC_STALE_AFTER | default 900 | float64 | int64 -}}
{{- end -}}

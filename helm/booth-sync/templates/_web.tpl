{{/* Where the web part listens: an address and a port, one of IPv6 in brackets. */}}
{{- define "booth-sync.webListen" -}}
{{- contains ":" .Values.web.listen | ternary (printf "[%s]:8000" .Values.web.listen) (printf "%s:8000" .Values.web.listen) -}}
{{- end -}}

{{/* The names that the web part answers to where config.ALLOWED_HOSTS names none: those that lead to it. */}}
{{- define "booth-sync.webHosts" -}}
{{- $web := .Values.web -}}
{{- $service := printf "%s-web" (include "booth-sync.fullname" .) -}}
{{- $hosts := list "localhost" "127.0.0.1" "[::1]" $service (printf "%s.%s" $service .Release.Namespace) (printf "%s.%s.svc" $service .Release.Namespace) (printf "%s.%s.svc.cluster.local" $service .Release.Namespace) -}}
{{- if $web.ingress.enabled }}{{ $hosts = concat $hosts $web.ingress.hosts }}{{ end -}}
{{- if $web.httpRoute.enabled }}{{ $hosts = concat $hosts $web.httpRoute.hostnames }}{{ end -}}
{{- $names := list -}}
{{- range $hosts }}{{ $names = append $names (trimPrefix "*" .) }}{{ end -}}
{{- $names | uniq | join "," -}}
{{- end -}}

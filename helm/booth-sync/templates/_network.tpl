{{/* The ports that a URL leads to, as a JSON array; none of a database that is a file or a socket.
     By expressions, because urlParse shows the whole URL, password and all, where it cannot read it.
     A PostgreSQL may have several hosts, and hosts and ports of a query, where a port counts for all
     hosts without one of their own. */}}
{{- define "booth-sync.ports" -}}
{{- $scheme := regexFind "^[A-Za-z]*" . | lower -}}
{{- $default := get (dict "http" "80" "https" "443" "sqlite" "") $scheme -}}
{{- if not (has $scheme (list "http" "https" "sqlite")) }}{{ $default = "5432" }}{{ end -}}
{{- $hosts := regexFind "//[^/?#]*" . | trimPrefix "//" | splitList "@" | last | splitList "," -}}
{{- $ports := list -}}
{{- if eq $default "5432" -}}
{{- $query := regexFind "\\?[^#]*" . | replace "%2C" "," | replace "%2c" "," -}}
{{- range regexFindAll "[?&]host(addr)?=[^&]*" $query -1 -}}
{{- $hosts = concat $hosts (regexReplaceAll ".*=" . "" | splitList ",") -}}
{{- end -}}
{{- range regexFindAll "[?&]port=[^&]*" $query -1 -}}
{{- $ports = concat $ports (regexFindAll "[0-9]+" . -1) -}}
{{- end -}}
{{- $hosts = without $hosts "" -}}
{{- end -}}
{{- $found := list -}}
{{- range $hosts -}}
{{- if not (regexMatch "^(%2[Ff]|%40|/|@)" .) -}}
{{- $hasPort := regexMatch "^(\\[.*\\]|[^:]*):[0-9]*$" . -}}
{{- $own := $hasPort | ternary (regexFind "[0-9]*$" .) "" -}}
{{- $found = concat $found (list ($own | default (empty $ports | ternary $default ""))) $ports -}}
{{- end -}}
{{- end -}}
{{- without $found "" | uniq | toJson -}}
{{- end -}}

{{/* Everywhere, but for the addresses of the Kubernetes API that are known: ipBlocks of one address in
     networkPolicy.kubernetesApi.to. As NetworkPolicyPeers, none where none is known. Pods are named,
     because to some network plug-ins an ipBlock holds no pods. Takes root. */}}
{{- define "booth-sync.anywhere" -}}
{{- $blocks := list -}}
{{- range .root.Values.networkPolicy.kubernetesApi.to -}}
{{- with .ipBlock }}{{ if regexMatch "(\\..*/32|:.*/128)$" .cidr }}{{ $blocks = append $blocks .cidr }}{{ end }}{{ end -}}
{{- end -}}
{{- if $blocks -}}
- namespaceSelector: {}
{{- range $all, $sign := dict "0.0.0.0/0" "." "::/0" ":" }}
- ipBlock:
    cidr: {{ $all | quote }}
    {{- $except := list }}
    {{- range $blocks }}{{ if contains $sign . }}{{ $except = append $except . }}{{ end }}{{ end }}
    {{- with $except }}
    except: {{ toJson . }}
    {{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* A rule of egress. Takes root, ports and, as needed, to, and protocols instead of TCP. */}}
{{- define "booth-sync.egress" -}}
{{- $protocols := .protocols | default (list "TCP") -}}
- ports:
    {{- range $port := .ports }}
    {{- range $protocols }}
    - port: {{ int64 $port }}
      protocol: {{ . }}
    {{- end }}
    {{- end }}
  {{- with .to | default (include "booth-sync.anywhere" . | fromYamlArray) }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* One of the destinations of networkPolicy as JSON; `source` is dOrder's name of old, and a Pushgateway of
     the release's own is where it is.
     Takes root and destination. */}}
{{- define "booth-sync.destination" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $old := eq .destination "dOrder" | ternary ($policy.source | default dict) dict -}}
{{- $found := merge (dict) (get $policy .destination | default dict) $old -}}
{{- if and (eq .destination "pushgateway") (.root.Values.pushgateway | default dict).enabled -}}
{{- $labels := merge (dict "app.kubernetes.io/component" "pushgateway") (include "booth-sync.selectorLabels" .root | fromYaml) -}}
{{- $found = dict "ports" (list 9091) "to" (list (dict "podSelector" (dict "matchLabels" $labels))) -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* The rule of egress to where a variable's URL leads. Takes root, name (the variable's) and
     destination (its part of networkPolicy), whose ports count before those of the URL. No rule
     where there is no port. */}}
{{- define "booth-sync.egressTo" -}}
{{- $known := include "booth-sync.knownValue" . -}}
{{- $ofUrl := ternary (include "booth-sync.ports" $known | fromJsonArray) (list 5432) (ne $known "") -}}
{{- $destination := include "booth-sync.destination" . | fromJson -}}
{{- $ports := $destination.ports | default $ofUrl -}}
{{- if $ports -}}
{{- include "booth-sync.egress" (dict "root" .root "ports" $ports "to" $destination.to) -}}
{{- end -}}
{{- end -}}

{{/* A policy's ingress: to the port http of its pods. Takes from (peers; anybody where empty) and own,
     labels of the release's pods that may come whoever else may. */}}
{{- define "booth-sync.ingress" -}}
- ports:
    - port: http
      protocol: TCP
  {{- with .from }}
  from:
    - podSelector:
        matchLabels:
          {{- toYaml $.own | nindent 10 }}
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The rules of egress of every pod, migrations too: DNS, the database, and what the user adds. */}}
{{- define "booth-sync.commonEgress" -}}
{{- with .Values.networkPolicy -}}
{{ include "booth-sync.egress" (dict "root" $ "protocols" (list "UDP" "TCP") "ports" .dns.ports "to" .dns.to) }}
{{- with include "booth-sync.egressTo" (dict "root" $ "name" "DATABASE_URL" "destination" "database") }}
{{ . }}
{{- end }}
{{- with .extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* What the policy had to guess, as a JSON array of sentences for NOTES. */}}
{{- define "booth-sync.guesses" -}}
{{- $guesses := list -}}
{{- if .Values.networkPolicy.enabled -}}
{{- $isKnown := include "booth-sync.knownValue" (dict "root" . "name" "DATABASE_URL") -}}
{{- if not (or $isKnown .Values.networkPolicy.database.ports) -}}
{{- $guesses = append $guesses "The database has port 5432 (networkPolicy.database.ports)." -}}
{{- end -}}
{{- $open := list -}}
{{- range $name := list "dns" "database" "dOrder" "pushgateway" "heartbeat" "proxy" -}}
{{- $variable := get (dict "dOrder" "BOOTH_SYNC_API_URL" "pushgateway" "BOOTH_SYNC_PUSHGATEWAY_URL" "heartbeat" "BOOTH_SYNC_HEARTBEAT_URL" "proxy" "BOOTH_SYNC_PROXY") $name -}}
{{- $isUsed := not $variable | ternary "yes" (include "booth-sync.isGiven" (dict "root" $ "name" $variable)) -}}
{{- if and $isUsed (not (include "booth-sync.destination" (dict "root" $ "destination" $name) | fromJson).to) -}}
{{- $open = append $open $name -}}
{{- end -}}
{{- end -}}
{{- with $open -}}
{{- $guesses = append $guesses (printf "Any address is allowed for: %s (networkPolicy.*.to)." (join ", " .)) -}}
{{- end -}}
{{- end -}}
{{- toJson $guesses -}}
{{- end -}}

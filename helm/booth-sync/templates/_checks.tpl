{{/* Stops with a sentence where a value is missing that a schema cannot ask for. */}}
{{- define "booth-sync.checkValues" -}}
{{- if not (include "booth-sync.isGiven" (dict "root" . "name" "BOOTH_SYNC_API_URL")) -}}
{{- fail "config.BOOTH_SYNC_API_URL is not set. Give the address of D-Order's booth list: --set config.BOOTH_SYNC_API_URL=https://host/api/v2/public/d-order/booths/" -}}
{{- end -}}
{{- range $name := list "DATABASE_URL" "SECRET_KEY" -}}
{{- if not (include "booth-sync.isGiven" (dict "root" $ "name" $name)) -}}
{{- fail (printf "secrets.%s is not set. Name a Secret that holds it under the key %s: --set secrets.%s.existingSecret=NAME" $name $name $name) -}}
{{- end -}}
{{- end -}}
{{- with .Values.secrets.SECRET_KEY -}}
{{- if and .value (not .existingSecret) (lt (len .value) 50) -}}
{{- fail "secrets.SECRET_KEY.value is shorter than 50 characters, and every run would refuse it. This makes one: openssl rand -hex 32" -}}
{{- end -}}
{{- end -}}
{{- include "booth-sync.checkTexts" . -}}
{{- include "booth-sync.checkUrl" (dict "root" . "name" "BOOTH_SYNC_API_URL" "destination" "dOrder") -}}
{{- include "booth-sync.checkUrl" (dict "root" . "name" "BOOTH_SYNC_PUSHGATEWAY_URL" "destination" "pushgateway") -}}
{{- include "booth-sync.checkUrl" (dict "root" . "name" "BOOTH_SYNC_HEARTBEAT_URL" "destination" "heartbeat") -}}
{{- include "booth-sync.checkUrl" (dict "root" . "name" "BOOTH_SYNC_PROXY" "destination" "proxy") -}}
{{- if regexMatch "[?#]" (include "booth-sync.knownValue" (dict "root" . "name" "BOOTH_SYNC_PUSHGATEWAY_URL")) -}}
{{- fail "BOOTH_SYNC_PUSHGATEWAY_URL has a query or a fragment (? or #), and the Pushgateway takes none. Leave it out; a user and a password may stand before the host, under secrets." -}}
{{- end -}}
{{- include "booth-sync.checkParts" . -}}
{{- $labels := dict "commonLabels" .Values.commonLabels "labels" .Values.labels "podLabels" .Values.podLabels -}}
{{- range $part := list "serviceMonitor" "alerts" "dashboard" -}}
{{- $_ := set $labels (printf "%s.labels" $part) (get $.Values $part | default dict).labels -}}
{{- end -}}
{{- range $part, $given := $labels -}}
{{- range $name, $_ := $given | default dict -}}
{{- if regexMatch "^(app\\.kubernetes\\.io|helm\\.sh)/" $name -}}
{{- fail (printf "%s: '%s' is a label of the chart's own. Choose another name." $part $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $names := include "booth-sync.cronJobNames" . | fromJsonArray -}}
{{- if ne (len $names) (len (uniq $names)) -}}
{{- fail "cronJobs has two entries of the same name. Give each one its own name; one may leave it empty." -}}
{{- end -}}
{{- if eq (include "booth-sync.runAccount" .) (include "booth-sync.operatorAccount" .) -}}
{{- fail "serviceAccounts.run and serviceAccounts.operator are the same account. Runs must not have the operator's rights: give them different names." -}}
{{- end -}}
{{- if and .Values.serviceAccounts.run.create (has (include "booth-sync.migrateAccount" .) (list (include "booth-sync.runAccount" .) (include "booth-sync.operatorAccount" .))) -}}
{{- fail (printf "serviceAccounts: '%s' is the name of the migration's own account. Give another one." (include "booth-sync.migrateAccount" .)) -}}
{{- end -}}
{{- end -}}

{{/* What the optional parts need of each other. */}}
{{- define "booth-sync.checkParts" -}}
{{- $web := .Values.web | default dict -}}
{{- $gateway := .Values.pushgateway | default dict -}}
{{- $fullname := include "booth-sync.fullname" . -}}
{{- if and (or $web.enabled $gateway.enabled) (not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname)) -}}
{{- fail (printf "'%s' is no name for a Service, which begins with a letter and has no dots. Give another one: --set fullnameOverride=NAME" $fullname) -}}
{{- end -}}
{{- if $web.enabled -}}
{{- if regexMatch "^(127\\.|::1$)" $web.listen -}}
{{- fail (printf "web.listen: at '%s' neither probes nor the Service reach a pod. Leave it 0.0.0.0, or write \"::\" where pods have IPv6 alone." $web.listen) -}}
{{- end -}}
{{- if and (ne $web.service.type "ClusterIP") (not .Values.config.ALLOWED_HOSTS) -}}
{{- fail (printf "web.service.type=%s: the address that leads there is unknown to the chart, and other names are refused. Give it: --set config.ALLOWED_HOSTS=booths.example" $web.service.type) -}}
{{- end -}}
{{- if and $web.admin.existingSecret (ne .Values.migrations.mode "hook") -}}
{{- fail "web.admin.existingSecret: the administrator is made after the migration, which is not this release's (migrations.mode). Leave it empty, and run manage.py booth_admin or createsuperuser after yours." -}}
{{- end -}}
{{- $monitor := .Values.serviceMonitor | default dict -}}
{{- if and $monitor.enabled (not $monitor.tokenSecret.name) (not (include "booth-sync.isGiven" (dict "root" . "name" "BOOTH_SYNC_ALLOWED_CIDRS"))) -}}
{{- fail "serviceMonitor.enabled: the web part would refuse Prometheus. Allow its network (config.BOOTH_SYNC_ALLOWED_CIDRS), or give it a token: --set serviceMonitor.tokenSecret.name=NAME" -}}
{{- end -}}
{{- if and $web.ingress.enabled (not $web.ingress.hosts) -}}
{{- fail "web.ingress.hosts is empty. Name the host that leads to the web part: --set 'web.ingress.hosts={booths.example}'" -}}
{{- end -}}
{{- if and $web.httpRoute.enabled (not (and $web.httpRoute.hostnames $web.httpRoute.parentRefs)) -}}
{{- fail "web.httpRoute needs hostnames and parentRefs. Name the host and the Gateway: --set 'web.httpRoute.hostnames={booths.example},web.httpRoute.parentRefs[0].name=gateway'" -}}
{{- end -}}
{{- else if and $web (or $web.ingress.enabled $web.httpRoute.enabled $web.admin.existingSecret) -}}
{{- fail "web.ingress, web.httpRoute and web.admin are parts of the web part, which is not enabled: --set web.enabled=true" -}}
{{- end -}}
{{- if and (.Values.serviceMonitor | default dict).enabled (not (or $web.enabled $gateway.enabled)) -}}
{{- fail "serviceMonitor.enabled: this release has nothing to scrape. Enable web or pushgateway, or leave it to whoever runs the Pushgateway." -}}
{{- end -}}
{{- if $gateway.enabled -}}
{{- $isElsewhere := or (get .Values.config "BOOTH_SYNC_PUSHGATEWAY_URL") (hasKey (include "booth-sync.secrets" . | fromJson) "BOOTH_SYNC_PUSHGATEWAY_URL") (has "BOOTH_SYNC_PUSHGATEWAY_URL" (include "booth-sync.extraNames" . | fromJsonArray)) -}}
{{- if $isElsewhere -}}
{{- fail "pushgateway.enabled brings a Pushgateway, and BOOTH_SYNC_PUSHGATEWAY_URL names another one. Leave one of them out." -}}
{{- end -}}
{{- if include "booth-sync.isGiven" (dict "root" . "name" "BOOTH_SYNC_PROXY") -}}
{{- fail "pushgateway.enabled: with BOOTH_SYNC_PROXY all is asked through the proxy, which does not lead into the cluster. Name a Pushgateway that it reaches, or scrape the web part alone." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What a schema would refuse by showing a pattern is refused here by a sentence. */}}
{{- define "booth-sync.checkTexts" -}}
{{- $gatewayImage := (.Values.pushgateway | default dict).image | default (dict "repository" "none") -}}
{{- $rules := list
      (list "image.repository" .Values.image.repository "^[^:@]+(:[0-9]+/[^:@]+)?$" "the name of an image alone. Tag and digest have values of their own: image.tag, image.digest.")
      (list "image.digest" .Values.image.digest "^(sha256:[0-9a-f]{64})?$" "a digest. Write sha256: and 64 hexadecimal digits.")
      (list "pushgateway.image.repository" $gatewayImage.repository "^[^:@]+(:[0-9]+/[^:@]+)?$" "the name of an image alone. Tag and digest have values of their own: pushgateway.image.tag, pushgateway.image.digest.")
      (list "pushgateway.image.digest" $gatewayImage.digest "^(sha256:[0-9a-f]{64})?$" "a digest. Write sha256: and 64 hexadecimal digits.")
      (list "timeZone" .Values.timeZone "^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$" "the name of a time zone. Write one such as Asia/Seoul.") -}}
{{- $schedule := include "booth-sync.schedulePattern" . -}}
{{- range .Values.cronJobs -}}
{{- $rules = append $rules (list "cronJobs" .name "^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$" "a name. Write lower-case letters, digits and dashes.") -}}
{{- $rules = append $rules (list "cronJobs" .schedule $schedule "a schedule. Write five fields, such as \"*/5 * * * *\" for every five minutes.") -}}
{{- end -}}
{{- range $rules -}}
{{- if not (regexMatch (index . 2) (index . 1 | default "")) -}}
{{- fail (printf "%s: '%s' is not %s" (index . 0) (index . 1) (index . 3)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Takes root, name (a variable whose value is a URL) and destination (its part of networkPolicy). */}}
{{- define "booth-sync.checkUrl" -}}
{{- $inConfig := get .root.Values.config .name | default "" -}}
{{- $inSecrets := hasKey (include "booth-sync.secrets" .root | fromJson) .name -}}
{{- $known := include "booth-sync.knownValue" . -}}
{{- if and $inConfig $inSecrets -}}
{{- fail (printf "%s is set under config and under secrets. Leave one of them empty." .name) -}}
{{- end -}}
{{- if regexMatch "^[^/?#]*/*[^/?#]*@|[?#]" $inConfig -}}
{{- fail (printf "config.%s holds a user, a password or a query, and a ConfigMap is no place for them. Name a Secret that holds the address: --set secrets.%s.existingSecret=NAME" .name .name) -}}
{{- end -}}
{{- if and $known (not (regexMatch "^(?i:https?)://([^/?#]*@)?(\\[[^]/?#@]+\\]|[^][/?#@:]+)(:[0-9]*)?([/?#]|$)" $known)) -}}
{{- $isInConfig := eq $known $inConfig -}}
{{- $part := $isInConfig | ternary (printf "config.%s" .name) ($inSecrets | ternary (printf "secrets.%s.value" .name) (printf "extraEnv: %s" .name)) -}}
{{- $shown := and $isInConfig (not (contains "@" $known)) | ternary (printf "'%s', which is " $known) "" -}}
{{- fail (printf "%s is %sno address. Write it with http:// or https:// before it, as https://host:port/path/; a password in it is percent-encoded." $part $shown) -}}
{{- end -}}
{{- $ports := (include "booth-sync.destination" . | fromJson).ports -}}
{{- $isUnknown := and (include "booth-sync.isGiven" .) (not $known) -}}
{{- $isByProxy := and (ne .destination "proxy") (include "booth-sync.isGiven" (dict "root" .root "name" "BOOTH_SYNC_PROXY")) -}}
{{- if and .root.Values.networkPolicy.enabled $isUnknown (not $isByProxy) (not $ports) -}}
{{- fail (printf "networkPolicy.%s.ports is not set, and %s stands where the chart cannot read its port. Give it: --set 'networkPolicy.%s.ports={443}'" .destination .name .destination) -}}
{{- end -}}
{{- end -}}

{{/* What Kubernetes takes as a schedule: five fields, each with its own range, or a name. */}}
{{- define "booth-sync.schedulePattern" -}}
{{- $fields := list -}}
{{- range list "[0-5]?[0-9]" "([01]?[0-9]|2[0-3])" "(0?[1-9]|[12][0-9]|3[01])" "(0?[1-9]|1[0-2]|[A-Za-z]{3})" "([0-6]|[A-Za-z]{3})" -}}
{{- $part := printf "([*?]|%s(-%s)?)(/[1-9][0-9]*)?" . . -}}
{{- $fields = append $fields (printf "%s(,%s)*" $part $part) -}}
{{- end -}}
{{- printf "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|%s)$" (join " +" $fields) -}}
{{- end -}}

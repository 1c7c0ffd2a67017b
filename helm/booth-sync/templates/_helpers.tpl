{{/* The name of all objects: at most 40 characters, so that a CronJob's suffix fits into 52. A longer
     one is cut and ends in a digest of the whole, so that releases that begin alike do not meet. */}}
{{- define "booth-sync.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $made := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $full := default $made .Values.fullnameOverride -}}
{{- if gt (len $full) 40 -}}
{{- $full = printf "%s-%s" (regexReplaceAll "[-.]+$" (trunc 31 $full) "") (sha256sum $full | trunc 8) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{/* The name of one of .Values.cronJobs. */}}
{{- define "booth-sync.cronJobName" -}}
{{- $fullname := include "booth-sync.fullname" .root -}}
{{- if .cronJob.name }}{{ printf "%s-%s" $fullname .cronJob.name }}{{ else }}{{ $fullname }}{{ end -}}
{{- end -}}

{{/* The names of all CronJobs as a JSON array. */}}
{{- define "booth-sync.cronJobNames" -}}
{{- $names := list -}}
{{- range .Values.cronJobs -}}
{{- $names = append $names (include "booth-sync.cronJobName" (dict "root" $ "cronJob" .)) -}}
{{- end -}}
{{- toJson $names -}}
{{- end -}}

{{- define "booth-sync.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* What every object gets, as JSON; `labels` and `annotations` are their names of old. */}}
{{- define "booth-sync.commonLabels" -}}
{{- merge (dict) (.Values.commonLabels | default dict) (.Values.labels | default dict) | toJson -}}
{{- end -}}

{{- define "booth-sync.commonAnnotations" -}}
{{- merge (dict) (.Values.commonAnnotations | default dict) (.Values.annotations | default dict) | toJson -}}
{{- end -}}

{{/* Values of old that this release still gives, with their new names, as a JSON object. */}}
{{- define "booth-sync.oldValues" -}}
{{- $old := dict -}}
{{- if .Values.labels }}{{ $_ := set $old "labels" "commonLabels" }}{{ end -}}
{{- if .Values.annotations }}{{ $_ := set $old "annotations" "commonAnnotations" }}{{ end -}}
{{- if .Values.networkPolicy.source }}{{ $_ := set $old "networkPolicy.source" "networkPolicy.dOrder" }}{{ end -}}
{{- toJson $old -}}
{{- end -}}

{{/* Labels: what an object is known by counts before what the user gives.
     Takes root and, as needed, component and further (a dict). */}}
{{- define "booth-sync.labels" -}}
{{- $own := include "booth-sync.selectorLabels" .root | fromYaml -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63) -}}
{{- $_ := set $own "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- with .component }}{{ $_ := set $own "app.kubernetes.io/component" . }}{{ end -}}
{{- merge $own (.further | default dict) (include "booth-sync.commonLabels" .root | fromJson) | toYaml -}}
{{- end -}}

{{/* Metadata below `metadata:` of an object: name, namespace, labels, annotations.
     Takes root, name and, as needed, component, further (labels), annotations (a dict), clusterScoped. */}}
{{- define "booth-sync.metadata" -}}
name: {{ .name | quote }}
{{- if not .clusterScoped }}
namespace: {{ .root.Release.Namespace | quote }}
{{- end }}
labels:
  {{- include "booth-sync.labels" (dict "root" .root "component" .component "further" .further) | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) (include "booth-sync.commonAnnotations" .root | fromJson) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "booth-sync.runAccount" -}}
{{- default (printf "%s-run" (include "booth-sync.fullname" .)) .Values.serviceAccounts.run.name -}}
{{- end -}}

{{- define "booth-sync.operatorAccount" -}}
{{- default (printf "%s-operator" (include "booth-sync.fullname" .)) .Values.serviceAccounts.operator.name -}}
{{- end -}}

{{/* The account of the migration: its own, which no upgrade changes under it, or that of the user's. */}}
{{- define "booth-sync.migrateAccount" -}}
{{- if .Values.serviceAccounts.run.create -}}
{{- printf "%s-migrate" (include "booth-sync.fullname" .) -}}
{{- else -}}
{{- include "booth-sync.runAccount" . -}}
{{- end -}}
{{- end -}}

{{- define "booth-sync.image" -}}
{{- include "booth-sync.imageOf" (dict "root" . "image" .Values.image) -}}
{{- end -}}

{{/* The reference of an image. Takes root and image (registry, repository, tag, digest). */}}
{{- define "booth-sync.imageOf" -}}
{{- with .image -}}
{{- $registry := ($.root.Values.global | default dict).imageRegistry | default .registry -}}
{{- $name := not (empty $registry) | ternary (printf "%s/%s" $registry .repository) .repository -}}
{{- if .digest }}{{ printf "%s@%s" $name .digest }}{{ else }}{{ printf "%s:%s" $name (default $.root.Chart.AppVersion .tag) }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* The numbers of a dict that are not null, one to a line. */}}
{{- define "booth-sync.numbers" -}}
{{- range $name, $number := . }}
{{- if not (kindIs "invalid" $number) }}
{{ $name }}: {{ int64 $number }}
{{- end }}
{{- end }}
{{- end -}}

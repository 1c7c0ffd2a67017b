{{/* A pod's spec. Takes root, account (a service account's name), container (its name), args,
     and, as needed: token (whether it may talk to the Kubernetes API), inline (whether the
     configuration stands in the pod instead of a reference to the ConfigMap), ownSecret, resources
     (instead of the common ones), command, restartPolicy, grace (seconds to end), env (a dict of further
     variables), admin (whether it is told the first administrator) and further (more of the container). */}}
{{- define "booth-sync.podSpec" -}}
{{- $values := .root.Values -}}
{{- $fullname := include "booth-sync.fullname" .root -}}
{{- $extra := include "booth-sync.extraNames" .root | fromJsonArray -}}
{{- $secrets := include "booth-sync.secrets" .root | fromJson -}}
serviceAccountName: {{ .account | quote }}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
restartPolicy: {{ .restartPolicy | default "Never" }}
terminationGracePeriodSeconds: {{ int64 (.grace | default $values.job.terminationGracePeriodSeconds) }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with $values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.runtimeClassName }}
runtimeClassName: {{ . | quote }}
{{- end }}
{{- with $values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $before := $values.initContainers | default list }}
{{- range $values.extraContainers }}{{ $before = append $before (merge (dict "restartPolicy" "Always") .) }}{{ end }}
{{- with $before }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .container }}
    image: {{ include "booth-sync.image" .root | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    {{- with .command }}
    command: {{ toJson . }}
    {{- end }}
    {{- with .args }}
    args: {{ toJson . }}
    {{- end }}
    terminationMessagePolicy: FallbackToLogsOnError
    {{- with .further }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- if or $values.envFrom (not .inline) }}
    envFrom:
      {{- with $values.envFrom }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
      {{- if not .inline }}
      - configMapRef:
          name: {{ $fullname | quote }}
      {{- end }}
    {{- end }}
    env:
      {{- if .inline }}
      {{- range $name, $value := include "booth-sync.config" .root | fromJson }}
      - name: {{ $name }}
        value: {{ $value | quote }}
      {{- end }}
      {{- end }}
      {{- range $name, $path := dict "BOOTH_SYNC_JOB_NAME" "metadata.labels['batch.kubernetes.io/job-name']" "BOOTH_SYNC_POD_NAME" "metadata.name" }}
      {{- if not (has $name $extra) }}
      - name: {{ $name }}
        valueFrom:
          fieldRef:
            fieldPath: {{ $path }}
      {{- end }}
      {{- end }}
      {{- range $name, $value := .env }}
      {{- if not (has $name $extra) }}
      - name: {{ $name }}
        value: {{ $value | quote }}
      {{- end }}
      {{- end }}
      {{- range $name := concat (keys $secrets | sortAlpha) (ternary (list "BOOTH_SYNC_ADMIN_PASSWORD" "BOOTH_SYNC_ADMIN_USERNAME") list (.admin | default false)) }}
      {{- if not (has $name $extra) }}
      - name: {{ $name }}_FILE
        value: /etc/booth-sync/secrets/{{ $name }}
      {{- end }}
      {{- end }}
      {{- with $values.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .resources | default $values.resources }}
    resources:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- with $values.securityContext }}
    securityContext:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    volumeMounts:
      - name: tmp
        mountPath: /tmp
      {{- if or $secrets .admin }}
      - name: secrets
        mountPath: /etc/booth-sync/secrets
        readOnly: true
      {{- end }}
      {{- with $values.extraVolumeMounts }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
volumes:
  - name: tmp
    emptyDir:
      sizeLimit: 64Mi
  {{- if or $secrets .admin }}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
        {{- include "booth-sync.secretSources" (dict "root" .root "own" (.ownSecret | default (include "booth-sync.ownSecret" .root)) "admin" .admin) | trim | nindent 8 }}
  {{- end }}
  {{- with $values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Labels and annotations of a pod. Takes root and component. */}}
{{- define "booth-sync.podMetadata" -}}
labels:
  {{- include "booth-sync.labels" (dict "root" .root "component" .component "further" .root.Values.podLabels) | nindent 2 }}
{{- with merge (dict) (.root.Values.podAnnotations | default dict) (include "booth-sync.commonAnnotations" .root | fromJson) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

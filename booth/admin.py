"""Where people look at booths and runs, and edit what is theirs."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join

from booth.errors import Problem
from booth.models import Booth, BoothDetail, Menu, SyncRun
from booth.texts import ENTITIES, RESULTS

OWNED_BOOTH = ("name", "is_dorder", "missing_since")
OWNED_DETAIL = ("all_table", "usage_table", "can_usage")
OWNED_MENU = ("name", "ingredient", "sold", "missing_since")
"""What the sync writes of managed booths, and so nobody else."""
RUN_COLUMNS = (
    *("id", "status", "trigger", "requested_by", "started_at", "finished_at", "error_code"),
    *("error_message", "feed_bytes", "http_status", "job_name", "pod_name"),
)


class MissingFilter(admin.SimpleListFilter):
    """Booths that D-Order lists, and those that it no longer does."""

    title = "D-Order 목록"
    parameter_name = "missing"

    def lookups(self, _request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("no", "있음"), ("yes", "사라짐")]

    def queryset(self, _request: HttpRequest, found: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the choice."""
        if self.value() is None:
            return found
        return found.filter(missing_since__isnull=self.value() == "no")


class _Comparing:
    """Remembers in the form what it showed: what somebody else wrote since is nobody's change."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kw: Any) -> Any:
        """Return a field that is sent back with what it was."""
        field = super().formfield_for_dbfield(db_field, request, **kw)  # type: ignore[misc]
        if field:
            field.show_hidden_initial = True
        return field


class _OwnedInline(admin.StackedInline):
    """Rows below a booth; what the sync writes of a managed one is shown and no more."""

    owned: tuple[str, ...] = ()

    def get_readonly_fields(self, _request: HttpRequest, booth: Any = None) -> tuple[str, ...]:
        """Return what people cannot change."""
        return self.owned if booth and booth.is_dorder else ()

    def has_add_permission(self, request: HttpRequest, booth: Any = None) -> bool:
        """Tell whether people may add rows: not to what the sync keeps."""
        return not (booth and booth.is_dorder) and super().has_add_permission(request, booth)

    def has_delete_permission(self, request: HttpRequest, booth: Any = None) -> bool:
        """Tell whether people may delete rows: the next sync would bring them back."""
        return not (booth and booth.is_dorder) and super().has_delete_permission(request, booth)


class BoothDetailInline(_Comparing, _OwnedInline):
    """Tables and description."""

    model = BoothDetail
    owned = OWNED_DETAIL
    can_delete = False


class MenuInline(_Comparing, _OwnedInline):
    """Menus and their prices."""

    model = Menu
    owned = OWNED_MENU
    extra = 0
    template = "admin/edit_inline/tabular.html"
    ordering = ("name",)


@admin.register(Booth)
class BoothAdmin(_Comparing, admin.ModelAdmin):
    """Booths with their tables and menus."""

    list_display = ("name", "category", "is_dorder", "tables", "missing_since")
    list_filter = (MissingFilter, "is_dorder", "category")
    list_select_related = ("detail",)
    search_fields = ("name", "menus__name")
    ordering = ("name",)
    inlines = (BoothDetailInline, MenuInline)

    @admin.display(description="사용 중 / 테이블")
    def tables(self, booth: Booth) -> str:
        """Return how many tables are taken, and of how many."""
        detail = getattr(booth, "detail", None)
        return f"{detail.usage_table} / {detail.all_table}" if detail else "-"

    def get_readonly_fields(
        self, _request: HttpRequest, booth: Booth | None = None
    ) -> tuple[str, ...]:
        """Return what people cannot change: of their own booths only what tells whose they are."""
        if booth and booth.is_dorder:
            return OWNED_BOOTH
        return ("is_dorder", "missing_since")

    def has_delete_permission(self, request: HttpRequest, booth: Booth | None = None) -> bool:
        """Tell whether people may delete a booth: a managed one would come back."""
        return not (booth and booth.is_dorder) and super().has_delete_permission(request, booth)

    def save_model(self, request: HttpRequest, obj: Booth, form: Any, change: bool) -> None:
        """Store what people changed, and no more: a sync may have written the rest meanwhile."""
        obj.save(update_fields=form.changed_data if change else None)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Store of each row below a booth what people changed, and no more."""
        formset.save(commit=False)
        for row, fields in formset.changed_objects:
            row.save(update_fields=fields)
        for row in formset.new_objects:
            row.save()
        for row in formset.deleted_objects:
            row.delete()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return what may be done with many at once: nothing that deletes managed booths."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


@admin.register(SyncRun)
class SyncRunAdmin(admin.ModelAdmin):
    """The runs so far, to be read."""

    list_display = (
        *("id", "status", "trigger", "requested_by"),
        *("started_at", "seconds", "error_code"),
    )
    list_filter = ("status", "trigger")
    search_fields = ("=id", "requested_by", "error_code", "job_name")
    date_hierarchy = "started_at"
    ordering = ("-id",)
    actions = ("export",)
    show_full_result_count = False

    def get_fields(self, _request: HttpRequest, _run: SyncRun | None = None) -> tuple[str, ...]:
        """Return what is shown of a run."""
        shown = ("status", "trigger", "requested_by", "started_at", "finished_at", "seconds")
        told = ("results", "told_problems", "error_code", "error_message", "stages")
        return (*shown, *told, "feed_bytes", "feed_sha256", "http_status", "job_name", "pod_name")

    @admin.display(description="걸린 초")
    def seconds(self, run: SyncRun) -> str:
        """Return the seconds of a run that has ended."""
        return "-" if run.duration is None else f"{run.duration:.2f}"

    @admin.display(description="건수")
    def results(self, run: SyncRun) -> str:
        """Return the counts in words."""
        lines = []
        for entity, counts in run.counts.items():
            told = (f"{word} {counts.get(name, 0)}" for name, word in RESULTS.items())
            lines.append((ENTITIES.get(entity, entity), " · ".join(told)))
        return format_html_join("", "<p>{}: {}</p>", lines) or "-"

    @admin.display(description="문제 항목")
    def told_problems(self, run: SyncRun) -> str:
        """Return the problems in sentences."""
        told = ((RESULTS[each["kind"]], Problem(**each).describe()) for each in run.problems)
        return format_html_join("", "<p>{}: {}</p>", told) or "-"

    @admin.action(description="선택한 실행을 CSV로 내보내기")
    def export(self, _request: HttpRequest, runs: QuerySet[SyncRun]) -> HttpResponse:
        """Return the runs as CSV, in UTF-8 with the mark that spreadsheets look for."""
        response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="booth-sync-runs.csv"'
        writer = csv.writer(response)
        writer.writerow(RUN_COLUMNS)
        for run in runs:
            writer.writerow([_defuse(getattr(run, name)) for name in RUN_COLUMNS])
        return response

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Tell whether people may add a run: a run does that itself."""
        return False

    def has_change_permission(self, _request: HttpRequest, _run: Any = None) -> bool:
        """Tell whether people may change a run: the running one is the lock."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _run: Any = None) -> bool:
        """Tell whether people may delete a run: old ones go by themselves."""
        return False


def _defuse(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text

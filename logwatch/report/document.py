"""What `check --json` prints: the schema that scripts rely on."""

import math
from collections.abc import Mapping
from typing import Any

from logwatch.diagnosis.finding import Evidence, Finding
from logwatch.metrics.series import Summary
from logwatch.parsing.record import Coverage
from logwatch.report.json_numbers import json_count, json_number
from logwatch.report.run_reading import RunReport
from logwatch.sources.probe.state import ProbeState

SCHEMA = 1
"""Goes up when a key changes its meaning or goes away; new keys do not change it."""

Json = dict[str, Any]


def document_of(runs: list[Json]) -> Json:
    """The whole answer."""
    return {"schema": SCHEMA, "runs": runs}


def run_document(reading: RunReport) -> Json:
    """One run; where its log could not be read, an empty one with the reason as `error`."""
    run, update = reading.update.run, reading.update
    document: Json = {
        "path": reading.path,
        "dialects": list(run.dialects),
        "lines": run.lines,
        "bytes": run.bytes,
        "status": update.status,
        "state": update.state.name,
        "rests_on": update.state.rests_on,
        "verdict": update.verdict.word,
        "doubts": list(update.verdict.doubts),
        "not_checked": [{"what": one.what, "why": one.why} for one in update.verdict.unchecked],
        "coverage": coverage_document(run.coverage),
        "progress": progress_document(reading),
        "metrics": {name: summary_document(view.summary()) for name, view in run.series.items()},
        "findings": [finding_document(finding) for finding in update.findings],
    }
    if reading.error:
        document["error"] = reading.error
    if reading.probe is not None:
        document["probe"] = probe_document(reading.probe)
    return document


def coverage_document(coverage: Coverage) -> Json:
    """How many lines that report how training goes were read, and the first that was not."""
    return {
        "numeric": coverage.numeric,
        "read": coverage.read,
        "share": json_number(coverage.share) if coverage.numeric else None,
        "unread": coverage.example,
        "line": coverage.line,
    }


def probe_document(state: ProbeState) -> Json:
    """How the probe stood in the end; `told` says why, where it was refused or has left."""
    figures = {"pause_s": state.pause_s, "share": state.share, "budget": state.budget}
    return {
        "pid": state.pid,
        "state": state.phase,
        "method": state.method,
        "every": state.every or None,
        **_numbers(figures),
        "dropped": state.dropped,
        "told": state.told,
    }


def progress_document(reading: RunReport) -> Json | None:
    """How far the run is; None where the log tells neither step nor epoch.

    `rate_from` says what the rate rests on: `timestamps`, `printed`, or nothing.
    """
    progress, pace = reading.progress, reading.pace
    if progress.step is None and progress.epoch is None:
        return None
    return {
        "step": json_count(progress.step),
        "total": json_count(progress.total),
        "epoch": json_count(progress.epoch),
        "epochs": json_count(progress.epochs),
        "share": _known(pace.share),
        "steps_per_s": _known(pace.steps_per_s),
        "rate_from": pace.basis or None,
        "eta_s": _known(pace.eta_s),
    }


def _known(value: float) -> float | str | None:
    return None if math.isnan(value) else json_number(value)


def summary_document(summary: Summary) -> Json:
    """The figures of one metric; those that an empty series lacks are "NaN"."""
    return {
        "count": summary.count,
        "first": json_number(summary.first),
        "last": json_number(summary.last),
        "min": json_number(summary.min),
        "max": json_number(summary.max),
        "nonfinite": summary.nonfinite,
        "first_step": json_count(summary.first_step),
        "last_step": json_count(summary.last_step),
    }


def finding_document(finding: Finding) -> Json:
    """One finding; `state` tells one that lasts from one that is over.

    `because` names the rule whose finding is its cause, where there is one. What a probe told is
    marked so; its `line` is the log's newest line at that time.
    """
    cause = {"because": finding.because} if finding.because else {}
    return {
        "rule": finding.rule,
        "severity": finding.severity.name,
        "state": "active" if finding.active else "resolved",
        "metric": finding.metric,
        "title": finding.title,
        "detail": finding.detail,
        "remedy": finding.remedy,
        "steps": None if finding.steps is None else [json_count(step) for step in finding.steps],
        "values": _numbers(finding.values),
        "evidence": [_evidence_document(proof) for proof in finding.evidence],
        **cause,
    }


def _evidence_document(proof: Evidence) -> Json:
    told = {"probe": True} if proof.is_probe else {}
    return {"line": proof.line, "text": proof.text, **told}


def _numbers(values: Mapping[str, float]) -> Json:
    return {name: json_number(float(value)) for name, value in values.items()}


def _number(value: float | None) -> float | str | None:
    return None if value is None else json_number(value)

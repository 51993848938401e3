# SPDX-License-Identifier: Apache-2.0
"""What a run or a sweep left in its folder, as one interactive HTML page, a timeline, tables, energy and workload metrics (docs/exploration/report.md).

    from spikemesh import report
    report.write_page("run", "report.html")
    report.write_timeline("run", "timeline.json")
    activity = report.load_activity("run")
    activity.core("stalled").sum(axis=0)

`spikemesh report` is this package on the command line. It needs NumPy, and nothing of the rest of spikemesh.
"""

from .activity import Activity, ReportError, load_activity
from .energies import Coefficients, Energy, coefficient_names, energy
from .metrics import neurobench
from .page import title_of, write_page
from .sweep import is_sweep, write_sweep_page
from .timeline import write_timeline

__all__ = [
    "Activity", "Coefficients", "Energy", "ReportError", "coefficient_names", "energy", "is_sweep", "load_activity", "neurobench", "title_of",
    "write_page", "write_sweep_page", "write_timeline",
]

# SPDX-License-Identifier: Apache-2.0
"""Networks from and to NIR, the Neuromorphic Intermediate Representation (docs/nir.md).

    imported = spikemesh.from_nir("net.nir", dt=1e-4)
    print(imported.report)
    outputs = imported.run(spike_counts)        # {Output node: [samples, steps, *shape]}

`python -m spikemesh.nir net.nir -o net.json` does it at the shell.
"""

from .export import to_nir
from .imported import Imported, InputPort, OutputPart, OutputPort, Report
from .importer import from_nir
from .notes import NirWarning

__all__ = ["Imported", "InputPort", "NirWarning", "OutputPart", "OutputPort", "Report", "from_nir", "to_nir"]

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace spikemesh::sim {

/// Throws InputError when --plot FILE could not be drawn after a run: ending, folder, Python,
/// matplotlib. Better now than then. Returns the Python that can.
std::string check_plot(const std::string& file);

/// Draws the run that `folder` holds (sim/plot/plot_run.py). Throws InputError when that fails.
void draw_plot(const std::string& python, const std::string& folder, const std::string& file);

}  // namespace spikemesh::sim

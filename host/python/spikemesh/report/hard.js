// SPDX-License-Identifier: Apache-2.0
// The page of a run with hard steps. DATA: hard.py says what it holds.
"use strict";

histogram("late", DATA.late_steps, "steps late", "packets", "steps");
histogram("latency", DATA.latency_cycles, "cycles from emission to integration", "packets", "cycles");
document.body.dataset.ready = "hard";

// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_bins.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::string_view kDeep =
    "cases of default, ecp5, tiny or a covering build of DelayMax 15";
constexpr std::string_view kMesh = "cases of builds with more than one tile";
constexpr std::string_view kTall = "cases of builds with more than one row";
constexpr std::string_view kWide = "cases of builds with more than one column";
constexpr std::string_view kPins = "cases over pins, one in five";
constexpr std::string_view kDelivered = "a synapse delivered with this delay";

}  // namespace

const std::array<BinInfo, kBins> kBinInfo{{
    {"reset to v_reset", "a neuron that is reset to v_reset fired", ""},
    {"reset by subtraction", "a neuron that is reset by subtraction fired", ""},
    {"refractory", "a refractory neuron was held", ""},
    {"adaptation", "a spike raised an adaptive threshold", ""},
    {"adaptation decay", "a due decay changed an adaptive threshold", ""},
    {"saturated I", "a current was clipped", ""},
    {"saturated V", "a potential was clipped", ""},
    {"saturated adaptation", "an adaptive threshold was clipped", ""},
    {"sleep", "a core had no Update in a step", ""},
    {"wake", "a core had an Update in a step after one without", ""},
    {"delay 1", kDelivered, ""},
    {"delay 2", kDelivered, ""},
    {"delay 3", kDelivered, ""},
    {"delay 4", kDelivered, ""},
    {"delay 5", kDelivered, ""},
    {"delay 6", kDelivered, ""},
    {"delay 7", kDelivered, ""},
    {"delay 8", kDelivered, kDeep},
    {"delay 9", kDelivered, kDeep},
    {"delay 10", kDelivered, kDeep},
    {"delay 11", kDelivered, kDeep},
    {"delay 12", kDelivered, kDeep},
    {"delay 13", kDelivered, kDeep},
    {"delay 14", kDelivered, kDeep},
    {"delay 15", kDelivered, kDeep},
    {"fan-out to tiles", "a neuron fired whose list reaches two tiles or more", kMesh},
    {"same axon twice", "an axon got two packets in a step", ""},
    {"full local", "a case filled a router's input buffer from its core", ""},
    {"full north", "a case filled a router's input buffer from the north", kTall},
    {"full east", "a case filled a router's input buffer from the east", kWide},
    {"full south", "a case filled a router's input buffer from the south", kTall},
    {"full west", "a case filled a router's input buffer from the west", ""},
    {"full core", "a case filled a core's input buffer", ""},
    {"full host", "a case filled the host tile's input buffer", ""},
    {"ring-in wrap", "an entry was taken after the spike-in ring had wrapped", ""},
    {"ring-out wrap", "an entry entered after the spike-out ring had wrapped", ""},
    {"ring-out stall", "cycles that a spike waited for the spike-out ring (policy stall)", ""},
    {"ring-out lost", "entries overwritten (policy overwrite)", ""},
    {"inject stall", "cycles that a host spike waited for the mesh", ""},
    {"free-running", "a step followed another with PERIOD 0", ""},
    {"fixed period", "a step began exactly PERIOD cycles after another", ""},
    {"paused", "a run stopped by PAUSE before its end, and went on to it", ""},
    {"stretched", "steps that began later than PERIOD allows", ""},
    {"late entry", "spike-in entries whose step had passed", ""},
    {"bad entry", "spike-in entries for no tile, axon or kind", ""},
    {"clear membrane", "a sweep of V, I, refractory counts and accumulators", ""},
    {"clear trace", "a sweep of traces", ""},
    {"clear adaptation", "a sweep of adaptive thresholds", ""},
    {"soft reset", "a sweep of everything after the one of power-on", ""},
    {"depressed", "a pre spike lowered a weight", ""},
    {"anti-depressed", "a pre spike raised a weight", ""},
    {"potentiated", "a post spike raised a weight", ""},
    {"anti-potentiated", "a post spike lowered a weight", ""},
    {"soft up", "a rule with soft bounds raised a weight", ""},
    {"soft down", "a rule with soft bounds lowered a weight", ""},
    {"clip to w_min", "a weight was clipped to w_min", ""},
    {"clip to w_max", "a weight was clipped to w_max", ""},
    {"rule 0", "rule 0 changed a weight", ""},
    {"rule 1", "rule 1 changed a weight", ""},
    {"rule 2", "rule 2 changed a weight", ""},
    {"rule 3", "rule 3 changed a weight", ""},
    {"same step", "a potentiation whose axon was hit in the same step", ""},
    {"own input", "a potentiation of an axon that the neuron itself drives", ""},
    {"learn phase", "a Learn phase", ""},
    {"weight written", "the host wrote the weight of a plastic synapse between steps", ""},
    {"reply ok", "replies with this status", ""},
    {"reply bad_command", "replies with this status", ""},
    {"reply bad_length", "replies with this status", ""},
    {"reply bad_address", "replies with this status", ""},
    {"reply bad_value", "replies with this status", ""},
    {"reply running", "replies with this status", ""},
    {"reply refused", "replies with this status", ""},
    {"reply read_only", "replies with this status", ""},
    {"bad frame", "frames that the chip dropped", ""},
    {"rx overflow", "bytes dropped because the receive buffer was full", kPins},
    {"framing error", "bytes dropped because their stop bit was low", kPins},
    {"tx over pins", "cases in which the tx pin moved", kPins},
}};

}  // namespace spikemesh::sim

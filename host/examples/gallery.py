# SPDX-License-Identifier: Apache-2.0
"""Ten small experiments, and the picture of each (docs/python/gallery.md).

    python gallery.py FOLDER [EXAMPLE ...]

writes FOLDER/EXAMPLE.png for each example, or for those that are named.
"""

import pathlib
import sys
import warnings

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

import spikemesh as sm
from spikemesh import plot

LIF = {"tau_m_ms": 20, "tau_syn_ms": 5, "v_rest": -65, "v_reset": -65, "v_threshold": -50, "t_refractory_ms": 2}


def balanced():
    """Excitation and inhibition in balance: asynchronous, irregular spikes."""
    net = sm.Network(dt_ms=0.5)
    net.add_input("noise", 100)
    for name, size in (("exc", 80), ("inh", 20)):
        net.add_neurons(name, size, sm.PhysicalNeurons(**LIF), record=True)
    for target in ("exc", "inh"):
        net.connect_fixed_in_degree("noise", target, 20, weight=120, seed=1)
        net.connect_fixed_probability("exc", target, 0.1, weight=sm.Normal(40, 8, least=0), seed=2, delay_ms=sm.Uniform(1, 3), allow_self=False)
        net.connect_fixed_probability("inh", target, 0.2, weight=-240, seed=3, delay_ms=1, allow_self=False)
    machine = sm.Machine()
    machine.load(net)
    for name in ("exc", "inh"):
        machine.set_v(name, sm.Uniform(-65, -50), unit=True)
    spikes = machine.run({"noise": sm.Poisson(25)}, 1000)
    above, below = plot.subplots(2, 1)
    plot.raster(spikes, ax=above).set_xlabel("")
    return plot.rates(spikes, bin_ms=10, ax=below)


def f_i():
    """The rate of a neuron against its input current, with and without refractoriness, at 20 currents at once."""
    currents, axes = np.linspace(0, 4, 20), None
    for refractory in (0, 5):
        net = sm.Network(dt_ms=0.5)
        net.add_neurons("n", 20, sm.PhysicalNeurons(tau_m_ms=20, v_threshold=1, t_refractory_ms=refractory, bias=currents), record=True)
        rates = sm.run(net, {}, 4000).rates("n")[0]
        axes = plot.f_i(currents, rates, unit="threshold / R", label=f"refractory for {refractory} ms", ax=axes)
    return axes


def current():
    """A step, a ramp and noise as input currents."""
    t = np.arange(1200)
    amount = np.where(t < 400, 20.0 * (t > 100), np.where(t < 800, (t - 400) / 16, 15 + np.random.default_rng(1).normal(0, 30, 1200)))
    net = sm.Network(dt_ms=0.5)
    net.add_neurons("n", 1, sm.PhysicalNeurons(**LIF), record=True)
    net.add_current("drive", "n", most=160)
    spikes = sm.run(net, {"drive": sm.Current(amount)}, record={"v": "n"})
    above, below = plot.subplots(2, 1)
    plot.v(spikes.trace("v"), spikes=spikes, unit="mV", ax=above).set_xlabel("")
    below.plot((t + 1) * 0.5, amount, color="0.3", linewidth=0.8)
    below.set(xlabel="time (ms)", ylabel="current (mV)")
    return below


def adaptation():
    """A threshold that rises with each spike: the neuron fires more slowly, and forgets within a second."""
    net = sm.Network(dt_ms=0.5)
    net.add_neurons("n", 1, sm.PhysicalNeurons(**LIF, adapt_step=1.5, tau_adapt_ms=150), record=True)
    net.add_current("drive", "n", most=64)
    step = np.zeros(1600)
    step[100:800] = step[1100:1500] = 35
    spikes = sm.run(net, {"drive": sm.Current(step)}, record={"v": "n"})
    return plot.v(spikes.trace("v"), spikes=spikes, unit="mV")


def stdp_window():
    """The window of a learning rule, measured pair by pair on the chip."""
    lags, pairs = np.arange(-60, 61, 4), 31
    net = sm.Network(dt_ms=1)
    net.add_input("source", pairs)
    net.add_input("teacher", pairs)
    net.add_neurons("target", pairs, sm.RawNeurons(theta=1000), record=True)
    net.add_rule("stdp", tau_pre_ms=15, tau_post_ms=25, a_plus=40, a_minus=-30, w_min=0, w_max=900)
    net.set_rule(net.connect_one_to_one("source", "target", 450), "stdp")
    net.connect_one_to_one("teacher", "target", 2000)
    machine = sm.Machine()
    machine.load(net)
    inputs = np.zeros((200, pairs), int), np.zeros((200, pairs), int)
    inputs[0][100, :] = 1
    inputs[1][99 + lags, np.arange(pairs)] = 1  # the target fires one step later
    machine.run({"source": inputs[0], "teacher": inputs[1]})
    change = np.diag(machine.weights("source", "target")) - 450
    return plot.stdp_window(net.rules["stdp"], measured=(lags, change))


def stdp():
    """Inputs that fire together win: 10 of 40 inputs share their spikes, and a neuron learns them."""
    net = sm.Network(dt_ms=1)
    net.add_input("in", 40)
    net.add_neurons("out", 1, sm.PhysicalNeurons(tau_m_ms=20, tau_syn_ms=5, v_threshold=1, t_refractory_ms=3, w_in=6), record=True)
    net.add_rule("stdp", tau_pre_ms=15, tau_post_ms=15, a_plus=0.01, a_minus=-0.011, w_min=0, w_max=1)
    net.set_rule(net.connect_all_to_all("in", "out", weight=sm.Uniform(0.3, 0.5)), "stdp")
    draw = np.random.default_rng(2)
    spikes = draw.random((20_000, 40)) < 0.02
    spikes[:, :10] = draw.random((20_000, 1)) < 0.02
    trace = sm.run(net, {"in": spikes}, record={"weight": ("in", "out"), "every": 100}).trace("weight")
    axes = plot.subplots()
    for part, colour, label in ((slice(10, 40), "0.75", "independent"), (slice(0, 10), plot.COLOURS[1], "fire together")):
        lines = axes.plot(trace.times_ms / 1000, trace.in_units[0, :, part], color=colour, linewidth=0.6)
        lines[0].set_label(label)
    axes.set(xlabel="time (s)", ylabel="weight", xlim=(0, 20), ylim=(0, 1.02))
    axes.legend(loc="lower right")
    return axes


def synfire():
    """A synfire chain: a volley travels through ten groups of neurons and becomes sharper."""
    net = sm.Network(dt_ms=0.5)
    net.add_input("start", 20)
    for k in range(10):
        net.add_neurons(f"group {k}", 20, sm.PhysicalNeurons(**LIF), record=True)
        net.connect_fixed_probability("start" if k == 0 else f"group {k - 1}", f"group {k}", 0.8, weight=sm.Normal(95, 20, least=0),
                                      seed=k, delay_ms=4)
    step = np.clip(np.random.default_rng(3).normal(20, 5, 20).round(), 0, 40).astype(int)
    spikes = sm.run(net, {"start": sm.events(step, np.arange(20))}, 260)
    return plot.raster(spikes, colours=plot.COLOURS[:2])


def sheet():
    """Activity spreads from the middle over a sheet whose neurons excite their neighbours."""
    places = sm.grid(21, 21)
    net = sm.Network(dt_ms=1)
    net.add_input("poke", 1)
    net.add_neurons("sheet", 441, sm.PhysicalNeurons(tau_m_ms=10, tau_syn_ms=3, v_threshold=1, t_refractory_ms=40), record=True)
    net.connect("poke", "sheet", lambda i, j: np.hypot(*(places[j] - 10).T).T < 2.5, weight=40)
    net.connect_by_distance("sheet", "sheet", places, places, lambda d: d < 2.5, weight=lambda d: 9 * np.exp(-d / 2), seed=1, allow_self=False)
    spikes = sm.run(net, {"poke": sm.events([0], [0])}, 80)
    first = np.full(441, np.nan)
    rows = spikes["sheet"][::-1]
    first[rows["neuron"]] = rows["step"]
    axes = plot.subplots()
    axes.figure.colorbar(axes.imshow(first.reshape(21, 21)), ax=axes, label="first spike (ms)")
    axes.set(xlabel="x", ylabel="y")
    return axes


def rhythm():
    """Inputs whose rate follows a sine wave: the mean over 50 samples follows it, with the delay of the membrane."""
    net = sm.Network(dt_ms=1)
    net.add_input("in", 50)
    net.add_neurons("out", 30, sm.PhysicalNeurons(**LIF), record=True)
    net.connect_fixed_in_degree("in", "out", 25, weight=60, seed=1)
    rate = 40 + 35 * np.sin(2 * np.pi * np.arange(500) / 250)
    spikes = sm.run(net, {"in": sm.Poisson(rate[:, np.newaxis])}, samples=50)
    axes = plot.rates(spikes, bin_ms=10)
    axes.plot(rate, color="0.5", linestyle="--", label="input")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1, ncol=2)
    return axes


def classifier():
    """A linear classifier of scikit-learn on the chip: the class whose neuron fires most often is the answer."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import confusion_matrix
    digits = load_digits()
    model = LogisticRegression(C=0.01, max_iter=500).fit(digits.data[:1200] / 16, digits.target[:1200])
    net = sm.Network(dt_ms=1)
    net.add_input("pixel", 64)
    net.add_neurons("digit", 10, sm.PhysicalNeurons(beta=1, v_threshold=2, reset="subtract", bias=model.intercept_ + 0.2), record=True)
    net.connect_dense("pixel", "digit", model.coef_.T)
    ink = digits.data[1200:, np.newaxis] / 16
    inputs = np.random.default_rng(0).random((len(ink), 100, 64)) < ink
    answer = sm.run(net, {"pixel": inputs}).counts("digit").argmax(axis=1)
    axes = plot.weights(confusion_matrix(digits.target[1200:], answer), title=f"{(answer == digits.target[1200:]).mean():.1%} of {len(ink)} digits right")
    axes.set(xlabel="answer", ylabel="digit")
    axes.images[0].colorbar.set_label("images")
    return axes


EXAMPLES = [balanced, f_i, current, adaptation, stdp_window, stdp, synfire, sheet, rhythm, classifier]


def main(folder, names):
    wanted = [each for each in EXAMPLES if not names or each.__name__ in names]
    unknown = set(names) - {each.__name__ for each in EXAMPLES}
    if unknown:
        sys.exit(f"gallery.py: no example {', '.join(sorted(unknown))}; there are {', '.join(each.__name__ for each in EXAMPLES)}")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for example in wanted:
        with warnings.catch_warnings(), matplotlib.rc_context(plot.STYLE):
            warnings.simplefilter("ignore", sm.ConversionWarning)
            figure = example().figure
        figure.savefig(folder / f"{example.__name__}.png", metadata={"Software": None})
        pyplot.close(figure)
        print(f"{example.__name__}: {example.__doc__.splitlines()[0]}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])

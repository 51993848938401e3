// SPDX-License-Identifier: Apache-2.0
// Random networks in physical units: the chip against double precision, once with the factors that
// conversion chose, where only truncation differs, and once with the author's own.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "sim/run/reference_machine.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/mapper.hpp"

using namespace spikemesh;

namespace {

using Trains = std::vector<std::vector<std::uint64_t>>;  // steps of the spikes of each unit

struct Neuron {
  double a = 0, b = 0, theta = 0, reset = 0, bias = 0;
  std::uint32_t refractory = 0;
  bool subtract = false;
};

/// A network for double precision: units as in IntegerNetwork.
struct Physical {
  struct Edge {
    std::uint32_t target;
    double weight;
    std::uint32_t delay;
  };
  std::uint32_t inputs = 0;
  std::vector<Neuron> neurons;           // by unit
  std::vector<std::vector<Edge>> edges;  // by source

  Trains run(const Trains& input, std::uint64_t steps) const {
    struct State {
      double v = 0, i = 0;
      std::uint32_t left = 0;
    };
    std::vector<State> states(neurons.size());
    std::vector<std::vector<double>> slots(16, std::vector<double>(neurons.size()));
    Trains out(neurons.size());
    std::vector<std::size_t> next(inputs);
    for (std::uint64_t t = 0; t < steps; ++t) {
      std::vector<double>& arrives = slots[t % 16];
      std::vector<std::uint32_t> fired;
      for (std::uint32_t j = 0; j < inputs; ++j)
        if (next[j] < input[j].size() && input[j][next[j]] == t) {
          fired.push_back(j);
          ++next[j];
        }
      for (std::uint32_t j = inputs; j < neurons.size(); ++j) {
        const Neuron& n = neurons[j];
        State& s = states[j];
        s.i = n.a * s.i + arrives[j] + n.bias;
        if (s.left > 0) {
          --s.left;
          continue;
        }
        s.v = n.b * s.v + s.i;
        if (!(s.v > n.theta)) continue;
        s.v = n.subtract ? s.v - n.theta : n.reset;
        s.left = n.refractory;
        out[j].push_back(t);
        fired.push_back(j);
      }
      std::fill(arrives.begin(), arrives.end(), 0.0);
      for (const std::uint32_t j : fired)
        for (const Edge& e : edges[j]) slots[(t + e.delay) % 16][e.target] += e.weight;
    }
    return out;
  }
};

/// The network as converted, in real numbers: what the chip would do if decay did not truncate.
Physical converted(const IntegerNetwork& network, const spec::Build& build) {
  Physical out;
  out.inputs = network.parts[0].size;
  out.edges.resize(network.units());
  const double one = std::ldexp(1.0, static_cast<int>(build.decay_bits));
  for (std::uint32_t unit = 0; unit < network.units(); ++unit) {
    const NeuronParameters& n = network.neurons[unit];
    out.neurons.push_back({n.decay_i / one, n.decay_v / one, double(n.theta), double(n.v_reset),
                           double(n.bias), n.refractory, n.subtract != 0});
    for (std::uint64_t i = network.row[unit]; i < network.row[unit + 1]; ++i) {
      const IntegerSynapse& s = network.synapses[i];
      out.edges[unit].push_back(
          {s.target, std::ldexp(s.weight, static_cast<int>(network.neurons[s.target].gain)),
           s.delay});
    }
  }
  return out;
}

/// The network as its author wrote it.
Physical exact(const Network& network) {
  Physical out;
  std::vector<std::uint32_t> first;
  for (const Population& p : network.populations()) {
    first.push_back(static_cast<std::uint32_t>(out.neurons.size()));
    const auto* n = std::get_if<PhysicalNeurons>(&p.neurons);
    if (n == nullptr) out.inputs = p.size;
    for (std::uint32_t i = 0; i < p.size; ++i)
      out.neurons.push_back(n == nullptr ? Neuron{}
                                         : Neuron{n->alpha.get(i, 0), n->beta[i], n->v_threshold[i],
                                                  n->v_reset.get(i, 0), n->bias.get(i, 0),
                                                  static_cast<std::uint32_t>(
                                                      std::lround(n->t_refractory_ms.get(i, 0))),
                                                  n->subtract});
  }
  out.edges.resize(out.neurons.size());
  for (const Projection& p : network.projections())
    for (std::size_t i = 0; i < network.synapse_count(p); ++i) {
      const Synapse s = network.synapse(p, i);
      out.edges[first[p.from] + s.pre].push_back({first[p.to] + s.post, s.weight, s.delay});
    }
  return out;
}

Trains on_chip(const Network& network, const spec::Build& build, const Trains& input,
               std::uint64_t steps) {
  const Mapped mapped = map_network(network, build);
  sim::ReferenceMachine machine(build);
  machine.load(mapped.image);
  std::vector<InEntry> entries;
  for (const Image::Input& source : mapped.image.inputs)
    for (const std::uint64_t step : input[source.neuron])
      for (const std::uint32_t payload : source.payloads)
        entries.push_back({step, payload, spec::EntryKind::spike});
  std::stable_sort(entries.begin(), entries.end(),
                   [](const InEntry& a, const InEntry& b) { return a.step < b.step; });
  std::vector<std::uint32_t> first;
  std::uint32_t units = 0;
  for (const Population& p : network.populations()) first.push_back(units), units += p.size;
  Trains out(units);
  for (const OutSpike& spike : machine.run(entries, steps)) {
    const Image::Label& label = mapped.image.labels[spike.label];
    out[first[network.find(label.population).value()] + label.neuron].push_back(spike.step);
  }
  for (auto& train : out) std::sort(train.begin(), train.end());
  return out;
}

struct Difference {
  std::uint64_t spikes = 0;     // of both together, halved in what is said
  std::uint64_t unmatched = 0;  // without a partner within a step
  std::uint64_t more = 0, less = 0;

  void add(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    spikes += a.size() + b.size();
    std::size_t i = 0, j = 0, pairs = 0;
    while (i < a.size() && j < b.size()) {
      const std::uint64_t apart = a[i] > b[j] ? a[i] - b[j] : b[j] - a[i];
      if (apart <= 1) {
        ++pairs, ++i, ++j;
      } else {
        ++(a[i] < b[j] ? i : j);
      }
    }
    unmatched += a.size() + b.size() - 2 * pairs;
    (a.size() > b.size() ? more : less) +=
        a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  }
  void add(const Difference& other) {
    spikes += other.spikes, unmatched += other.unmatched;
    more += other.more, less += other.less;
  }
  double share() const {
    return spikes == 0 ? 0 : static_cast<double>(unmatched) / static_cast<double>(spikes);
  }
};

std::vector<std::uint64_t> first_steps(std::vector<std::uint64_t> train, std::uint64_t steps) {
  train.erase(std::lower_bound(train.begin(), train.end(), steps), train.end());
  return train;
}

struct Drawn {
  explicit Drawn(std::uint64_t seed) : random(seed) {}
  double between(double low, double high) {
    return low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53);
  }
  std::vector<double> each(std::uint32_t n, double low, double high) {
    std::vector<double> values(n);
    for (double& value : values) value = between(low, high);
    return values;
  }
  std::mt19937_64 random;
};

constexpr std::uint32_t kInputs = 40, kNeurons = 10;

PhysicalNeurons random_neurons(Drawn& draw) {
  PhysicalNeurons n;
  std::vector<double> beta(kNeurons), bias(kNeurons);
  for (double& value : beta) value = 1 - std::exp(draw.between(std::log(0.001), std::log(0.1)));
  n.v_threshold = draw.each(kNeurons, 0.5, 2);
  for (std::uint32_t i = 0; i < kNeurons; ++i)
    bias[i] = draw.between(0, 0.3) * n.v_threshold[i] * (1 - beta[i]);
  n.beta = std::move(beta);
  n.bias = std::move(bias);
  n.subtract = draw.random() % 2 == 0;
  if (!n.subtract) n.v_reset = draw.each(kNeurons, -0.2, 0.2);
  if (draw.random() % 2 == 0) {
    std::vector<double> steps(kNeurons);
    for (double& step : steps) step = static_cast<double>(draw.random() % 6);
    n.t_refractory_ms = std::move(steps);
  }
  return n;
}

/// Weights over four decades into each neuron, a fifth of them negative, which together drive it
/// to some two thresholds where each source fires once in `interval` steps.
std::vector<double> random_weights(Drawn& draw, std::uint32_t sources, const PhysicalNeurons& n,
                                   double interval) {
  std::vector<double> weights(std::size_t{sources} * kNeurons);
  for (std::uint32_t post = 0; post < kNeurons; ++post) {
    double sum = 0;
    for (std::uint32_t pre = 0; pre < sources; ++pre) {
      double& weight = weights[pre * kNeurons + post];
      weight = std::pow(10.0, draw.between(-4, 0)) * (draw.random() % 5 == 0 ? -1 : 1);
      sum += weight;
    }
    const double wanted =
        draw.between(1.2, 3) * n.v_threshold[post] * (1 - n.beta[post]) * interval;
    for (std::uint32_t pre = 0; pre < sources; ++pre)
      weights[pre * kNeurons + post] *= wanted / std::max(sum, 0.3);
  }
  return weights;
}

Network feed_forward(Drawn& draw) {
  Network network(1.0);
  network.add_input("in", kInputs);
  const PhysicalNeurons first = random_neurons(draw), second = random_neurons(draw);
  network.add_neurons("first", kNeurons, first);
  network.add_neurons("second", kNeurons, second);
  network.record(1);
  network.record(2);
  network.connect_dense(0, 1, random_weights(draw, kInputs, first, 20));
  network.connect_dense(1, 2, random_weights(draw, kNeurons, second, 40));
  return network;
}

Trains random_input(Drawn& draw, std::uint64_t steps) {
  Trains input(kInputs);
  for (auto& train : input)
    for (std::uint64_t t = 0; t < steps; ++t)
      if (draw.random() % 20 == 0) train.push_back(t);
  return input;
}

/// Everything that the report says was lost, in shares.
double told(const ConversionReport& report) {
  double sum = 0;
  for (const PopulationConversion& p : report.populations)
    sum = std::max(sum, p.tau_m.rms + p.threshold.rms + p.bias.rms + p.v_reset.rms + p.pull);
  return sum + report.weights().rms;
}

spec::Build fine_build() {
  spec::Build build = load_build("default");
  build.decay_bits = 16;
  return build;
}

}  // namespace

TEST_CASE("physical: random feed-forward networks fire as in double precision") {
  constexpr std::uint64_t kSteps = 4000;
  const spec::Build build = fine_build();
  Difference truncation, conversion;
  double losses = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Drawn draw(seed);
    const Network network = feed_forward(draw);
    const Trains input = random_input(draw, kSteps);
    const Converted integers = convert(network, build);
    const Trains chip = on_chip(network, build, input, kSteps);
    const Trains real = converted(integers.network, build).run(input, kSteps);
    const Trains wished = exact(network).run(input, kSteps);
    Difference one, other;
    for (std::size_t unit = kInputs; unit < chip.size(); ++unit) {
      one.add(chip[unit], real[unit]);
      other.add(chip[unit], wished[unit]);
    }
    truncation.add(one);
    conversion.add(other);
    losses += told(integers.report) / 200;
    if (std::getenv("SPIKEMESH_SHOW") != nullptr)
      fmt::print("{}: {} spikes, {:.4f} {:.4f} apart; told {:.2e}\n", seed, one.spikes / 2,
                 one.share(), other.share(), told(integers.report));
  }
  fmt::print(
      "{} spikes; {:.4f} of them missing or extra against converted factors, {:.4f} against exact "
      "ones; the report tells of {:.4f}\n",
      truncation.spikes / 2, truncation.share(), conversion.share(), losses);
  CHECK(truncation.spikes / 2 > 100'000);
  CHECK(truncation.share() <= 0.005);
  CHECK(conversion.share() <= 0.005 + 5 * losses);
}

TEST_CASE("physical: recurrent networks begin as in double precision, and keep its rates") {
  constexpr std::uint64_t kSteps = 4000;
  const spec::Build build = fine_build();
  Difference begin, all;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Drawn draw(1000 + seed);
    Network network(1.0);
    network.add_input("in", kInputs);
    const PhysicalNeurons neurons = random_neurons(draw);
    network.add_neurons("loop", kNeurons, neurons);
    network.record(1);
    network.connect_dense(0, 1, random_weights(draw, kInputs, neurons, 20));
    std::vector<double> weights = random_weights(draw, kNeurons, neurons, 40);
    for (double& weight : weights) weight *= draw.random() % 2 == 0 ? 0.3 : -0.3;
    network.connect_dense(1, 1, weights);
    const Trains input = random_input(draw, kSteps);
    const Trains chip = on_chip(network, build, input, kSteps);
    const Trains real = converted(convert(network, build).network, build).run(input, kSteps);
    for (std::size_t unit = kInputs; unit < chip.size(); ++unit) {
      all.add(chip[unit], real[unit]);
      begin.add(first_steps(chip[unit], 100), first_steps(real[unit], 100));
    }
  }
  fmt::print(
      "first 100 steps: {} spikes, {:.4f} missing or extra; {} steps: {} spikes more, {} "
      "fewer of {}\n",
      begin.spikes / 2, begin.share(), kSteps, all.more, all.less, all.spikes / 2);
  CHECK(begin.spikes / 2 > 500);
  CHECK(begin.share() <= 0.005);
  CHECK(std::max(all.more, all.less) <= all.spikes / 2 / 200);
}

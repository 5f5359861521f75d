#include "schedule.hpp"

#include <algorithm>

#include "placer.hpp"
#include "sink.hpp"

namespace hlsc {

namespace {

struct Update {
  int read;
  int write;
  std::string name;
};

std::vector<Update> updates_of(const Design& d) {
  std::vector<Update> r;
  for (const StateAccess& s : d.states) {
    if (s.write >= 0) {
      r.push_back({s.read, s.write, d.parameters[static_cast<size_t>(s.parameter)].name});
    }
  }
  for (const StaticRegister& s : d.registers) {
    if (s.write >= 0) r.push_back({s.read, s.write, s.name});
  }
  return r;
}

// Reads of a state and its write share a stage: the read moves later until all other operands of
// the update are there. If the way from read to write does not fit a stage, that never ends.
void place_updates(Design* design, Placer* placer, Schedule* s, int target) {
  const Graph& g = design->graph;
  std::vector<int> minimum(static_cast<size_t>(g.size()), 0);
  const std::vector<Update> updates = updates_of(*design);
  std::vector<int> lateness(updates.size(), 1 << 30);
  std::vector<int> stuck(updates.size(), 0);
  for (;;) {
    placer->place_all(minimum);
    bool done = true;
    for (size_t k = 0; k < updates.size(); ++k) {
      const Update& u = updates[k];
      const int ready = s->available(g.node(u.read), u.read);
      const int late = s->stage[static_cast<size_t>(u.write)] - ready;
      if (late <= 0) continue;
      done = false;
      minimum[static_cast<size_t>(u.read)] = s->stage[static_cast<size_t>(u.read)] + late;
      stuck[k] = late >= lateness[k] ? stuck[k] + 1 : 0;
      lateness[k] = late;
      if (stuck[k] > 8) {
        reject(design->place_of(u.write),
               "the update of '" + u.name + "' is deeper than one stage of " +
                   std::to_string(target) + " LUT levels",
               "shorten the way from its old to its new value, or raise --target-levels");
      }
    }
    if (done) return;
  }
}

// The cut enumeration is bounded, so a smaller cone may once in a while look deeper: such nodes go
// back, and with them what they read.
void undo_deep_moves(const Design& d, const std::vector<int>& earliest, Placer* placer,
                     Schedule* s) {
  const Graph& g = d.graph;
  for (std::vector<int> deep = placer->relabel(); !deep.empty(); deep = placer->relabel()) {
    bool moved = false;
    for (int n : deep) {
      moved = moved || s->stage[static_cast<size_t>(n)] != earliest[static_cast<size_t>(n)];
      s->stage[static_cast<size_t>(n)] = earliest[static_cast<size_t>(n)];
    }
    for (int n = g.size() - 1; n >= 0; --n) {
      const size_t k = static_cast<size_t>(n);
      if (s->stage[k] == kDead) continue;
      for_each_use(g, n, s->live[k], [&](const Bit& b) {
        if (b.is_constant() || s->stable[static_cast<size_t>(b.node)]) return;
        if (s->available(g.node(b.node), b.node) <= s->stage[k]) return;
        s->stage[static_cast<size_t>(b.node)] = earliest[static_cast<size_t>(b.node)];
      });
    }
    if (!moved) return;  // as deep where it was: a single node above the target
  }
}

void find_last_uses(const Design& d, Schedule* s) {
  const Graph& g = d.graph;
  s->last_use.assign(static_cast<size_t>(g.size()), {});
  for (int n = 0; n < g.size(); ++n) {
    s->last_use[static_cast<size_t>(n)].assign(static_cast<size_t>(g.node(n).width), -1);
  }
  auto use = [&](const Bit& b, int stage) {
    if (b.is_constant()) return;
    int& last = s->last_use[static_cast<size_t>(b.node)][static_cast<size_t>(b.index)];
    last = std::max(last, stage);
  };
  for (int n = 0; n < g.size(); ++n) {
    const int stage = s->stage[static_cast<size_t>(n)];
    if (stage == kDead) continue;
    for_each_use(g, n, s->live[static_cast<size_t>(n)], [&](const Bit& b) { use(b, stage); });
  }
  for (const Bits& out : d.output) {
    for (const Bit& b : out) use(b, s->stages);
  }
  for (const Bit& b : d.result) use(b, s->stages);
}

// What is computed from stable inputs alone goes through a register a node.
int settle_cycles(const Design& d, const Schedule& s) {
  std::vector<int> depth(static_cast<size_t>(d.graph.size()), 0);
  int deepest = 0;
  for (int n = 0; n < d.graph.size(); ++n) {
    const size_t k = static_cast<size_t>(n);
    if (s.stage[k] == kDead || !s.stable[k] || d.graph.node(n).op == Op::kInput) continue;
    for_each_use(d.graph, n, s.live[k], [&](const Bit& b) {
      if (!b.is_constant()) depth[k] = std::max(depth[k], depth[static_cast<size_t>(b.node)]);
    });
    deepest = std::max(deepest, ++depth[k]);
  }
  return deepest;
}

void summarize(const Design& d, Schedule* s) {
  const Graph& g = d.graph;
  s->stage_levels.assign(static_cast<size_t>(s->stages), 0);
  s->stage_register_bits.assign(static_cast<size_t>(s->stages), 0);
  s->register_bits = 0;
  for (int n = 0; n < g.size(); ++n) {
    const size_t k = static_cast<size_t>(n);
    if (s->stage[k] == kDead) continue;
    int& deepest = s->stage_levels[static_cast<size_t>(s->stage[k])];
    deepest = std::max(deepest, s->level[k]);
    if (s->stable[k]) continue;
    const int from = s->available(g.node(n), n);
    for (int last : s->last_use[k]) {
      for (int stage = from; stage < last; ++stage) {
        ++s->stage_register_bits[static_cast<size_t>(stage)];
        ++s->register_bits;
      }
    }
  }
}

}  // namespace

Schedule schedule(Design* design, int target_levels) {
  Schedule s;
  Placer placer(*design, target_levels, &s);
  place_updates(design, &placer, &s, target_levels);
  s.stages = 1;  // also if all results are constants
  for (int n = 0; n < design->graph.size(); ++n) {
    if (s.stage[static_cast<size_t>(n)] == kDead) continue;
    // An output is registered after the last stage; a result that arrives in it needs the stage.
    s.stages = std::max(s.stages, s.available(design->graph.node(n), n) + 1);
  }
  const std::vector<int> earliest = s.stage;
  sink_nodes(*design, &s);
  undo_deep_moves(*design, earliest, &placer, &s);
  find_last_uses(*design, &s);
  summarize(*design, &s);
  s.settle_cycles = settle_cycles(*design, s);
  return s;
}

}  // namespace hlsc

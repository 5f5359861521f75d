// Full unrolling of every loop, innermost first where its trip count is known.
#include "diagnostics.hpp"
#include "ir_passes.hpp"
#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/CFG.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Transforms/Utils/LCSSA.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Utils/LoopUtils.h"
#include "llvm/Transforms/Utils/UnrollLoop.h"

namespace hlsc {

namespace {

using llvm::Loop;

const llvm::Instruction& place_in(const Loop& loop) { return *loop.getHeader()->getTerminator(); }

[[noreturn]] void reject_loop(const Loop& loop, const std::string& what,
                              const std::string& instead) {
  if (const llvm::DebugLoc at = loop.getStartLoc()) reject(at.get(), what, instead);
  reject(place_in(loop), what, instead);
}

struct Unroller {
  explicit Unroller(llvm::Function* function)
      : f(function),
        dt(*f),
        li(dt),
        ac(*f),
        tlii(llvm::Triple(f->getParent()->getTargetTriple())),
        tli(tlii),
        se(*f, tli, ac, dt, li),
        tti(f->getParent()->getDataLayout()),
        ore(f) {}

  unsigned trip_count(Loop* loop) {
    llvm::simplifyLoop(loop, &dt, &li, &se, &ac, nullptr, false);
    llvm::formLCSSARecursively(*loop, dt, &li, &se);
    const unsigned exact = se.getSmallConstantTripCount(loop);
    return exact ? exact : se.getSmallConstantMaxTripCount(loop);
  }

  bool unroll(Loop* loop, unsigned count) {
    llvm::UnrollLoopOptions options;
    options.Count = count;
    options.Force = true;
    options.Runtime = false;
    options.AllowExpensiveTripCount = false;
    options.UnrollRemainder = false;
    options.ForgetAllSCEV = true;
    const llvm::LoopUnrollResult result =
        llvm::UnrollLoop(loop, options, &li, &se, &dt, &ac, &tti, &ore, true);
    return result != llvm::LoopUnrollResult::Unmodified;
  }

  llvm::Function* f;
  llvm::DominatorTree dt;
  llvm::LoopInfo li;
  llvm::AssumptionCache ac;
  llvm::TargetLibraryInfoImpl tlii;
  llvm::TargetLibraryInfo tli;
  llvm::ScalarEvolution se;
  llvm::TargetTransformInfo tti;
  llvm::OptimizationRemarkEmitter ore;
};

enum class Step { kNoLoops, kUnrolled, kStuck };

// Unrolls one loop: the first innermost one with a known count, else one around it.
Step unroll_one(llvm::Function* f, int max_iterations, bool report) {
  Unroller u(f);
  if (u.li.empty()) return Step::kNoLoops;
  Loop* innermost = *u.li.begin();
  while (!innermost->isInnermost()) innermost = *innermost->begin();
  for (Loop* loop = innermost; loop; loop = loop->getParentLoop()) {
    const unsigned count = u.trip_count(loop);
    if (count == 0) continue;
    if (count > static_cast<unsigned>(max_iterations)) {
      reject_loop(*loop, "loop of " + std::to_string(count) + " iterations",
                  "every iteration becomes hardware: at most " + std::to_string(max_iterations) +
                      " (--max-unroll)");
    }
    if (u.unroll(loop, count)) return Step::kUnrolled;
  }
  if (report) {
    reject_loop(*innermost, "the number of iterations of this loop has no constant bound",
                "write 'for (int i = 0; i < CONSTANT; ++i)' and leave early with 'if (...) break'");
  }
  return Step::kStuck;
}

// Jumps back that are no natural loop (goto into the middle of one).
void reject_irreducible(const llvm::Function& f) {
  llvm::DominatorTree dt(const_cast<llvm::Function&>(f));
  const llvm::LoopInfo li(dt);
  llvm::SmallVector<std::pair<const llvm::BasicBlock*, const llvm::BasicBlock*>, 8> back;
  llvm::FindFunctionBackedges(f, back);
  for (const auto& [from, to] : back) {
    if (dt.dominates(to, from)) continue;
    reject(*from->getTerminator(), "a loop made with goto that has two entries",
           "write a for loop with a constant bound");
  }
}

}  // namespace

void unroll_loops(llvm::Function* f, int max_iterations) {
  reject_irreducible(*f);
  bool cleaned = false;
  for (;;) {
    const Step step = unroll_one(f, max_iterations, cleaned);
    if (step == Step::kNoLoops) return;
    if (step == Step::kUnrolled) {
      cleaned = false;
      continue;
    }
    run_passes(f->getParent(),
               "function(sroa<modify-cfg>,early-cse<memssa>,simplifycfg,"
               "instcombine<no-verify-fixpoint;max-iterations=4>,simplifycfg,loop-simplify,lcssa,"
               "loop(loop-rotate,indvars))");
    cleaned = true;
  }
}

}  // namespace hlsc

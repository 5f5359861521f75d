#include "ir_passes.hpp"

#include <cstdio>
#include <cstdlib>

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Local.h"

namespace hlsc {

namespace {

const char kInline[] = "always-inline";

const char kBeforeUnroll[] =
    "globaldce,function(sroa<modify-cfg>,early-cse<memssa>,simplifycfg,"
    "instcombine<no-verify-fixpoint;max-iterations=4>,simplifycfg,"
    "loop-simplify,lcssa,loop(loop-rotate,indvars))";

const char kAfterUnroll[] =
    "function(sroa<modify-cfg>,early-cse<memssa>,simplifycfg,"
    "instcombine<no-verify-fixpoint;max-iterations=8>)";

// No switch-to-lookup (it makes tables) and no vectorizer. If-conversion is left to the lowering,
// which turns the acyclic control flow into predicates.
const char kFinal[] =
    "function(sccp,early-cse<memssa>,simplifycfg,gvn,"
    "instcombine<no-verify-fixpoint;max-iterations=8>,reassociate,early-cse<memssa>,bdce,adce,"
    "simplifycfg<speculate-blocks;no-switch-to-lookup;bonus-inst-threshold=20>,"
    "early-cse<memssa>,dce)";

void internalize(llvm::Module* module, llvm::Function* top) {
  for (llvm::Function& f : *module) {
    if (f.isDeclaration()) continue;
    f.removeFnAttr(llvm::Attribute::OptimizeNone);
    f.removeFnAttr(llvm::Attribute::NoInline);
    f.setComdat(nullptr);
    if (&f == top) {
      f.setLinkage(llvm::GlobalValue::ExternalLinkage);
    } else {
      f.setLinkage(llvm::GlobalValue::InternalLinkage);
      f.addFnAttr(llvm::Attribute::AlwaysInline);
    }
  }
}

// An output becomes a local copy, stored back once at the end: its fields are then values. The
// copy starts as what the port's previous holder left; lowering rejects outputs that show it.
void localize_outputs(llvm::Function* f, const Design& design) {
  llvm::IRBuilder<> entry(&*f->getEntryBlock().getFirstInsertionPt());
  for (llvm::Argument& arg : f->args()) {
    const Parameter& p = design.parameters[arg.getArgNo()];
    if (p.kind != ParameterKind::kOutput) continue;
    const unsigned bits = static_cast<unsigned>(p.width);
    llvm::Type* type = entry.getIntNTy(bits);
    llvm::AllocaInst* copy = entry.CreateAlloca(llvm::ArrayType::get(entry.getInt8Ty(), bits / 8),
                                                nullptr, arg.getName());
    copy->setAlignment(llvm::Align(16));
    arg.replaceAllUsesWith(copy);
    entry.CreateStore(entry.CreateLoad(type, &arg), copy);
    for (llvm::BasicBlock& block : *f) {
      auto* ret = llvm::dyn_cast<llvm::ReturnInst>(block.getTerminator());
      if (!ret) continue;
      llvm::IRBuilder<> exit(ret);
      exit.CreateStore(exit.CreateLoad(type, copy), &arg);
    }
  }
}

// A switch whose default cannot be reached takes its last case as the default: one comparison
// less, and the blocks behind the switch are seen to be reached on every path.
void drop_unreachable_defaults(llvm::Function* f) {
  for (llvm::BasicBlock& block : *f) {
    auto* s = llvm::dyn_cast<llvm::SwitchInst>(block.getTerminator());
    if (!s || s->getNumCases() == 0) continue;
    if (!llvm::isa<llvm::UnreachableInst>(s->getDefaultDest()->getFirstNonPHIOrDbg())) continue;
    s->getDefaultDest()->removePredecessor(&block);
    const auto last = std::prev(s->case_end());
    s->setDefaultDest(last->getCaseSuccessor());
    s->removeCase(last);
  }
  llvm::removeUnreachableBlocks(*f);
}

void dump(const llvm::Function& f, const std::string& path) {
  std::error_code error;
  llvm::raw_fd_ostream out(path, error);
  f.print(out);
}

}  // namespace

void run_passes(llvm::Module* module, const char* passes) {
  llvm::LoopAnalysisManager lam;
  llvm::FunctionAnalysisManager fam;
  llvm::CGSCCAnalysisManager cam;
  llvm::ModuleAnalysisManager mam;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = false;
  llvm::PassBuilder builder(nullptr, tuning);
  builder.registerModuleAnalyses(mam);
  builder.registerCGSCCAnalyses(cam);
  builder.registerFunctionAnalyses(fam);
  builder.registerLoopAnalyses(lam);
  builder.crossRegisterProxies(lam, fam, cam, mam);
  llvm::ModulePassManager manager;
  if (llvm::Error error = builder.parsePassPipeline(manager, passes)) {
    std::fprintf(stderr, "hlsc: internal error: %s\n", llvm::toString(std::move(error)).c_str());
    std::abort();
  }
  manager.run(*module, mam);
}

void prepare_ir(llvm::Module* module, llvm::Function* top, const Design& design,
                const Options& options) {
  internalize(module, top);
  run_passes(module, kInline);
  localize_outputs(top, design);
  run_passes(module, kBeforeUnroll);
  unroll_loops(top, options.max_unroll);
  run_passes(module, kAfterUnroll);
  expand_memory_intrinsics(top);
  widen_allocas(top);
  run_passes(module, kFinal);
  drop_unreachable_defaults(top);
  if (!options.dump_ir.empty()) dump(*top, options.dump_ir);
}

}  // namespace hlsc

#include "interface.hpp"

#include <cstdlib>

#include "llvm/BinaryFormat/Dwarf.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/MathExtras.h"
#include "names.hpp"

namespace hlsc {

namespace {

using llvm::dyn_cast;
using llvm::dyn_cast_or_null;

std::string annotation_text(const llvm::Value* v) {
  const auto* g = dyn_cast<llvm::GlobalVariable>(v->stripPointerCasts());
  if (!g || !g->hasInitializer()) return "";
  const auto* text = dyn_cast<llvm::ConstantDataSequential>(g->getInitializer());
  return text && text->isCString() ? text->getAsCString().str() : "";
}

Place place_of(const llvm::DISubprogram* f) {
  if (!f) return {};
  llvm::DILocation* at =
      llvm::DILocation::get(f->getContext(), f->getLine(), 1, const_cast<llvm::DISubprogram*>(f));
  return places_of(at)[0];
}

llvm::Function* find_top(llvm::Module* module) {
  llvm::Function* top = nullptr;
  llvm::GlobalVariable* marks = module->getGlobalVariable("llvm.global.annotations");
  if (marks) {
    for (const llvm::Use& use :
         llvm::cast<llvm::ConstantArray>(marks->getInitializer())->operands()) {
      const auto* entry = llvm::cast<llvm::ConstantStruct>(use.get());
      if (annotation_text(entry->getOperand(1)) != "hlsc::top") continue;
      auto* f = dyn_cast<llvm::Function>(entry->getOperand(0)->stripPointerCasts());
      if (!f || f == top) continue;
      if (top) {
        reject(place_of(f->getSubprogram()), "a second function is marked HLSC_TOP",
               "mark one function a source file");
      }
      top = f;
    }
    marks->eraseFromParent();
  }
  if (!top || top->isDeclaration()) {
    reject(Place{module->getSourceFileName(), 1, 1}, "no function is marked HLSC_TOP",
           "include \"hlsc/annotate.hpp\" and put HLSC_TOP before the function to compile");
  }
  return top;
}

const llvm::DIType* strip(const llvm::DIType* t, bool* is_const) {
  while (const auto* d = dyn_cast_or_null<llvm::DIDerivedType>(t)) {
    const unsigned tag = d->getTag();
    if (tag == llvm::dwarf::DW_TAG_const_type) *is_const = true;
    if (tag != llvm::dwarf::DW_TAG_const_type && tag != llvm::dwarf::DW_TAG_typedef &&
        tag != llvm::dwarf::DW_TAG_volatile_type && tag != llvm::dwarf::DW_TAG_member) {
      break;
    }
    t = d->getBaseType();
  }
  return t;
}

// Debug information gives a _BitInt's storage only; ap_uint<N> says its width as template argument.
int template_width(const llvm::DICompositeType* c, int storage) {
  for (const llvm::DITemplateParameter* p : c->getTemplateParams()) {
    const auto* value = dyn_cast<llvm::DITemplateValueParameter>(p);
    const auto* number =
        value ? dyn_cast_or_null<llvm::ConstantAsMetadata>(value->getValue()) : nullptr;
    const auto* n = number ? dyn_cast<llvm::ConstantInt>(number->getValue()) : nullptr;
    if (n && n->getSExtValue() > 0 && n->getSExtValue() <= storage)
      return static_cast<int>(n->getSExtValue());
  }
  return storage;
}

uint64_t array_count(const llvm::DICompositeType* t) {
  uint64_t count = 1;
  for (const llvm::DINode* e : t->getElements()) {
    const auto* range = dyn_cast<llvm::DISubrange>(e);
    const auto* n = range ? range->getCount().dyn_cast<llvm::ConstantInt*>() : nullptr;
    count *= n ? n->getZExtValue() : 0;
  }
  return count;
}

Field describe(const llvm::DIType* type);

void describe_struct(const llvm::DICompositeType* c, Field* f) {
  f->type = c->getName().str();
  for (const llvm::DINode* e : c->getElements()) {
    const auto* m = dyn_cast<llvm::DIDerivedType>(e);
    if (!m || m->isStaticMember()) continue;
    if (m->getTag() != llvm::dwarf::DW_TAG_member &&
        m->getTag() != llvm::dwarf::DW_TAG_inheritance) {
      continue;
    }
    bool is_const = false;
    Field part = describe(strip(m->getBaseType(), &is_const));
    part.name = m->getTag() == llvm::dwarf::DW_TAG_inheritance ? "base" : m->getName().str();
    if (part.name.empty()) part.name = "anonymous";
    part.offset = static_cast<int>(m->getOffsetInBits());
    if (m->isBitField()) part.width = static_cast<int>(m->getSizeInBits());
    if (part.width > 0) f->fields.push_back(part);
  }
  // ap_uint<N> and other wrappers of one wide integer are a vector, not a struct.
  if (f->fields.size() == 1 && f->fields[0].fields.empty() && f->fields[0].count == 0 &&
      f->fields[0].type == "_BitInt") {
    f->width = template_width(c, f->fields[0].width);
    f->type = "_BitInt";
    f->fields.clear();
  }
}

Field describe(const llvm::DIType* type) {
  Field f;
  bool is_const = false;
  type = strip(type, &is_const);
  if (const auto* b = dyn_cast_or_null<llvm::DIBasicType>(type)) {
    f.width = static_cast<int>(b->getSizeInBits());
    if (b->getName().contains("_BitInt")) f.type = "_BitInt";
    return f;
  }
  const auto* c = dyn_cast_or_null<llvm::DICompositeType>(type);
  if (!c) {
    f.width = type ? static_cast<int>(type->getSizeInBits()) : 0;
    return f;
  }
  if (c->getTag() == llvm::dwarf::DW_TAG_array_type) {
    f = describe(c->getBaseType());
    const int count = static_cast<int>(array_count(c));
    f.stride = count ? static_cast<int>(c->getSizeInBits()) / count : 0;
    f.count = count;
    return f;
  }
  f.width = static_cast<int>(c->getSizeInBits());
  if (c->getTag() == llvm::dwarf::DW_TAG_structure_type ||
      c->getTag() == llvm::dwarf::DW_TAG_class_type) {
    describe_struct(c, &f);
  }
  return f;
}

int size_of(const llvm::DIType* t) {
  bool is_const = false;
  t = strip(t, &is_const);
  return t ? static_cast<int>(t->getSizeInBits()) : 0;
}

void describe_reference(const llvm::DIType* target, Parameter* p) {
  bool is_const = false;
  target = strip(target, &is_const);
  const auto* c = dyn_cast_or_null<llvm::DICompositeType>(target);
  if (c && c->getTag() == llvm::dwarf::DW_TAG_array_type) {
    strip(c->getBaseType(), &is_const);
    p->entries = array_count(c);
    if (p->entries == 0) {
      reject(p->place, "table '" + p->name + "' has no size",
             "write 'const T (&" + p->name + ")[N]'");
    }
    p->kind = is_const ? ParameterKind::kTable : ParameterKind::kState;
    p->width = static_cast<int>(c->getSizeInBits() / p->entries);
    p->address_width = std::max(1, static_cast<int>(llvm::Log2_64_Ceil(p->entries)));
    p->type = describe(c->getBaseType());
    target = c->getBaseType();
  } else {
    p->kind = is_const ? ParameterKind::kInput : ParameterKind::kOutput;
    p->width = size_of(target);
    p->type = describe(target);
  }
  p->is_struct = !p->type.fields.empty();
  if (p->width == 0) {
    reject(p->place, "the type of parameter '" + p->name + "' has no known size",
           "use a complete struct or an integer type");
  }
}

void describe_parameter(const llvm::DIType* type, const llvm::Argument& arg, Parameter* p) {
  bool is_const = false;
  const llvm::DIType* t = strip(type, &is_const);
  const auto* d = dyn_cast_or_null<llvm::DIDerivedType>(t);
  if (d && d->getTag() == llvm::dwarf::DW_TAG_reference_type) {
    describe_reference(d->getBaseType(), p);
    return;
  }
  if (d && d->getTag() == llvm::dwarf::DW_TAG_pointer_type) {
    reject(p->place, "parameter '" + p->name + "' is a pointer",
           "write a reference: 'const T& x' for an input, 'T& x' for an output, "
           "'const T (&x)[N]' for a table");
  }
  if (!arg.getType()->isIntegerTy()) {
    reject(p->place, "parameter '" + p->name + "' is passed by value but is no integer",
           "pass a struct as 'const T&'");
  }
  p->by_value = true;
  p->type = describe(t);
  p->width = size_of(t);
}

// Parameter marks are calls on the parameter's stack slot; its declaration has the place.
void read_marks(llvm::Function* top, std::vector<Parameter>* parameters) {
  std::vector<llvm::Instruction*> marks;
  for (llvm::Instruction& i : llvm::instructions(*top)) {
    auto* call = dyn_cast<llvm::IntrinsicInst>(&i);
    if (!call || call->getIntrinsicID() != llvm::Intrinsic::var_annotation) continue;
    marks.push_back(call);
    const llvm::Value* slot = call->getArgOperand(0)->stripPointerCasts();
    const std::string text = annotation_text(call->getArgOperand(1));
    for (const llvm::User* u : slot->users()) {
      const auto* store = dyn_cast<llvm::StoreInst>(u);
      const auto* arg = store ? dyn_cast<llvm::Argument>(store->getValueOperand()) : nullptr;
      if (!arg) continue;
      Parameter& p = (*parameters)[arg->getArgNo()];
      if (text == "hlsc::stable") p.stable = true;
      if (text.rfind("hlsc::latency=", 0) == 0) p.latency = std::atoi(text.c_str() + 14);
    }
  }
  for (llvm::Instruction* i : marks) i->eraseFromParent();
}

void read_places(const llvm::Function& top, std::vector<Parameter>* parameters) {
  for (const llvm::Instruction& i : llvm::instructions(top)) {
    for (const llvm::DbgVariableRecord& r : llvm::filterDbgVars(i.getDbgRecordRange())) {
      const unsigned n = r.getVariable()->getArg();
      if (n >= 1 && n <= parameters->size() && r.getDebugLoc()) {
        (*parameters)[n - 1].place = places_of(r.getDebugLoc().get())[0];
      }
    }
  }
}

void check_marks(const Parameter& p) {
  const bool memory = p.kind == ParameterKind::kTable || p.kind == ParameterKind::kState;
  if (p.latency < 1 || p.latency > 16) {
    reject(p.place, "HLSC_LATENCY of '" + p.name + "' is out of range", "write 1 to 16 cycles");
  }
  if (p.latency != 2 && !memory) {
    reject(p.place, "HLSC_LATENCY on '" + p.name + "', which is no table", "remove it");
  }
  if (p.stable && p.kind != ParameterKind::kInput) {
    reject(p.place, "HLSC_STABLE on '" + p.name + "', which is no input", "remove it");
  }
}

}  // namespace

llvm::Function* read_interface(llvm::Module* module, Design* design) {
  llvm::Function* top = find_top(module);
  const llvm::DISubprogram* sub = top->getSubprogram();
  design->top_function = sub->getName().str();
  design->qualified_top = design->top_function;
  for (const llvm::DIScope* s = sub->getScope(); s && !llvm::isa<llvm::DIFile>(s);
       s = s->getScope()) {
    if (!s->getName().empty())
      design->qualified_top = s->getName().str() + "::" + design->qualified_top;
  }
  if (design->module.empty()) design->module = design->top_function;
  if (is_keyword(design->module)) {
    reject(place_of(sub), "'" + design->module + "' is a keyword of SystemVerilog",
           "name the module with --module");
  }
  const llvm::DITypeRefArray types = sub->getType()->getTypeArray();
  std::vector<Parameter>& parameters = design->parameters;
  const bool returns_struct = top->hasStructRetAttr() || !(top->getReturnType()->isVoidTy() ||
                                                           top->getReturnType()->isIntegerTy());
  if (returns_struct) {
    reject(place_of(sub), "the top function returns a struct",
           "return nothing and write to an output parameter 'T& out'");
  }
  parameters.resize(types.size() - 1);
  for (size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].place = place_of(sub);
    if (i < top->arg_size())
      parameters[i].name = top->getArg(static_cast<unsigned>(i))->getName().str();
  }
  read_places(*top, &parameters);
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (parameters.size() != top->arg_size() || parameters[i].name.empty()) {
      reject(parameters[i].place, "a parameter has no name or is a struct passed by value",
             "name it and pass structs as 'const T&'");
    }
    describe_parameter(types[static_cast<unsigned>(i) + 1], *top->getArg(static_cast<unsigned>(i)),
                       &parameters[i]);
  }
  read_marks(top, &parameters);
  for (const Parameter& p : parameters) check_marks(p);
  return top;
}

}  // namespace hlsc

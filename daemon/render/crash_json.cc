// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/crash_json.h"

#include <string>
#include <utility>

#include "daemon/core/taint.h"
#include "daemon/render/json_optional.h"

namespace kdumpd {
namespace {

using Json = nlohmann::ordered_json;

Json TaintJson(const std::string& letters) {
  Json meanings = Json::array();
  for (const Taint& taint : TaintsOf(letters)) meanings.push_back(taint.meaning);
  return {{"letters", letters}, {"meanings", std::move(meanings)}};
}

Json FrameJson(const StackFrame& frame) {
  return {{"function", frame.function},
          {"module", CleanOrNull(frame.module)},
          {"offset", ValueOrNull(frame.offset)},
          {"reliable", frame.reliable},
          {"instruction_pointer", frame.instruction_pointer},
          {"context", Name(frame.context)}};
}

StackFrame FrameOf(const JsonFields& fields) {
  StackFrame frame;
  frame.function = fields.Text("function");
  frame.module = fields.Text("module");
  frame.offset = fields.Number<std::uint64_t>("offset");
  frame.reliable = fields.Flag("reliable");
  frame.instruction_pointer = fields.Flag("instruction_pointer");
  frame.context = fields.OneOf<FrameContext>("context", kFrameContexts);
  return frame;
}

}  // namespace

Json CrashJson(const std::optional<CrashReport>& crash) {
  if (!crash) return {};
  Json frames = Json::array();
  for (const StackFrame& frame : crash->frames) frames.push_back(FrameJson(frame));
  return {{"category", Name(crash->category)},
          {"fatal", crash->fatal},
          {"title", crash->title},
          {"reason", crash->reason},
          {"panic_message", CleanOrNull(crash->panic_message)},
          {"at_seconds", SecondsOrNull(crash->at_us)},
          {"task", CleanOrNull(crash->task)},
          {"pid", ValueOrNull(crash->pid)},
          {"cpu", ValueOrNull(crash->cpu)},
          {"function", CleanOrNull(crash->function)},
          {"module", CleanOrNull(crash->module)},
          {"kernel_release", CleanOrNull(crash->kernel_release)},
          {"taint", TaintJson(crash->taint)},
          {"oopses", crash->oopses},
          {"frames", std::move(frames)},
          {"modules", crash->modules},
          {"last_lines", crash->last_lines}};
}

Json SignatureJson(const std::optional<CrashReport>& crash) {
  if (!crash) return {};
  const CrashSignature& signature = crash->signature;
  return {{"version", signature.version},
          {"hash", CleanOrNull(signature.hash)},
          {"basis", signature.basis},
          {"pre_image", signature.pre_image}};
}

std::optional<CrashReport> CrashOf(const JsonFields& document) {
  const JsonFields fields = document.In("crash"), signature = document.In("signature");
  if (fields.empty()) return std::nullopt;
  CrashReport crash;
  crash.category = fields.OneOf<CrashCategory>("category", kCrashCategories);
  crash.fatal = fields.Flag("fatal");
  crash.title = fields.Text("title");
  crash.reason = fields.Text("reason");
  crash.panic_message = fields.Text("panic_message");
  crash.at_us = fields.Microseconds("at_seconds");
  crash.task = fields.Text("task");
  crash.pid = fields.Number<std::int64_t>("pid");
  crash.cpu = fields.Number<std::uint32_t>("cpu");
  crash.function = fields.Text("function");
  crash.module = fields.Text("module");
  crash.kernel_release = fields.Text("kernel_release");
  crash.hardware = document.Text("hardware");
  crash.taint = fields.In("taint").Text("letters");
  crash.oopses = fields.Count<std::uint32_t>("oopses");
  fields.Each("frames", kMaxFrames,
              [&](const JsonFields& frame) { crash.frames.push_back(FrameOf(frame)); });
  crash.modules = fields.Texts("modules", kMaxModules);
  crash.last_lines = fields.Texts("last_lines", kMaxLastLines);
  crash.signature.version = signature.Number<int>("version").value_or(1);
  crash.signature.hash = signature.Text("hash");
  crash.signature.basis = signature.Text("basis");
  crash.signature.pre_image = signature.Text("pre_image");
  return crash;
}

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/crash_text.h"

#include <algorithm>

#include "daemon/core/frame_rules.h"
#include "daemon/core/taint.h"
#include "daemon/core/text.h"
#include "daemon/render/outline.h"

namespace kdumpd {
namespace {

constexpr std::size_t kFramesShown = 12;
constexpr std::size_t kModulesShown = 6;

std::string TaskRow(const CrashReport& crash) {
  std::string row = Shown(crash.task);
  const auto add = [&](std::string_view what) { row += Cat(row.empty() ? "" : ", ", what); };
  if (crash.pid) add(Cat("pid ", *crash.pid));
  if (crash.cpu) add(Cat("cpu ", *crash.cpu));
  if (crash.oopses > 1) add(Cat(crash.oopses, " oopses since boot"));
  return row;
}

std::string FrameText(const StackFrame& frame) {
  std::string text = Shown(frame.function);
  if (!frame.module.empty()) text += Cat(" [", Shown(frame.module), ']');
  if (!frame.reliable) text = Cat("? ", text);
  if (frame.context != FrameContext::kTask) text += Cat("  <", Name(frame.context), '>');
  return text;
}

bool Reports(const StackFrame& frame) {
  return frame.module.empty() && IsA(FrameRole::kReporting, NormalFunction(frame.function));
}

// Without what leads to the report, such as panic(). Guesses of the unwinder only where there is
// nothing else: the log has them all.
std::vector<std::string> Frames(const std::vector<StackFrame>& frames) {
  const bool reliable = std::ranges::any_of(frames, &StackFrame::reliable);
  std::vector<std::string> texts;
  for (const StackFrame& frame : frames) {
    if ((reliable && !frame.reliable) || (texts.empty() && Reports(frame))) continue;
    std::string text = FrameText(frame);
    // The registers name what the trace begins with.
    if (texts.empty() || texts.back() != text) texts.push_back(std::move(text));
  }
  if (texts.size() > kFramesShown) {
    const std::string more = Cat("... ", texts.size() - kFramesShown, " more");
    texts.resize(kFramesShown);
    texts.push_back(more);
  }
  return texts;
}

std::string TaintRow(const std::string& letters) {
  std::string row;
  for (const Taint& taint : TaintsOf(letters)) {
    row += Cat(row.empty() ? "" : "; ", taint.letter, ": ", taint.meaning);
  }
  return row;
}

// Those that are not the distribution's come first: they have flags.
std::string ModulesRow(const std::vector<std::string>& modules) {
  if (modules.empty()) return "";
  std::string row = Cat(modules.size(), ':');
  std::size_t shown = 0;
  for (const bool flagged : {true, false}) {
    for (const std::string& module : modules) {
      if (module.contains('(') != flagged || shown == kModulesShown) continue;
      row += Cat(' ', Shown(module));
      ++shown;
    }
  }
  return shown < modules.size() ? Cat(row, " ...") : row;
}

std::string SignatureRow(const CrashSignature& signature) {
  if (signature.hash.empty()) return "";
  const std::string_view basis = signature.basis == "frames"    ? "by its stack"
                                 : signature.basis == "message" ? "by its message"
                                                                : "by its category alone";
  return Cat(Shown(signature.hash), ", ", basis);
}

void AddAll(std::string_view label, const std::vector<std::string>& values,
            std::vector<TextRow>& rows) {
  for (const std::string& value : values) {
    rows.emplace_back(&value == values.data() ? label : "", value);
  }
}

}  // namespace

std::vector<TextRow> CrashRows(const CrashReport& crash) {
  const bool panic = !crash.panic_message.empty() && !crash.reason.contains(crash.panic_message);
  std::vector<TextRow> rows{{"reason", Shown(crash.reason)},
                            {"panic", panic ? Shown(crash.panic_message) : ""},
                            {"task", TaskRow(crash)}};
  AddAll("frames", Frames(crash.frames), rows);
  rows.insert(rows.end(), {{"hardware", Shown(crash.hardware)},
                           {"taint", TaintRow(crash.taint)},
                           {"modules", ModulesRow(crash.modules)},
                           {"signature", SignatureRow(crash.signature)}});
  return rows;
}

std::vector<TextRow> LastLineRows(const CrashReport& crash) {
  std::vector<std::string> lines(crash.last_lines.size());
  std::ranges::transform(crash.last_lines, lines.begin(), Shown);
  std::vector<TextRow> rows;
  AddAll("last lines", lines, rows);
  return rows;
}

}  // namespace kdumpd

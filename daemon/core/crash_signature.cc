// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/crash_signature.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "daemon/core/crash_details.h"
#include "daemon/core/crash_events.h"
#include "daemon/core/crash_message.h"
#include "daemon/core/frame_rules.h"
#include "daemon/core/text.h"

namespace kdumpd {
namespace {

using enum CrashCategory;

constexpr std::size_t kSignatureFrames = 5;
constexpr std::size_t kStallFrames = 3;

enum class Basis {
  kFrames,   // the innermost that count
  kStall,    // the outermost: the inner ones are a matter of chance
  kBoth,     // frames and message: one function may panic for many reasons
  kMessage,  // the stack is a matter of chance
};

struct Wording {
  CrashCategory category;
  Basis basis;
  std::string_view words;  // the title begins so
};
// In the order of CrashCategory.
constexpr std::array<Wording, kCrashCategories> kWordings{{
    {kNullDereference, Basis::kFrames, "NULL pointer dereference"},
    {kPageFault, Basis::kFrames, "bad page fault"},
    {kGeneralProtection, Basis::kFrames, "general protection fault"},
    {kKernelBug, Basis::kFrames, "kernel BUG"},
    {kInvalidOpcode, Basis::kFrames, "invalid opcode"},
    {kDivideError, Basis::kFrames, "divide error"},
    {kDoubleFault, Basis::kFrames, "double fault"},
    {kStackCorruption, Basis::kFrames, "stack corruption"},
    {kSoftLockup, Basis::kStall, "soft lockup"},
    {kHardLockup, Basis::kStall, "hard lockup"},
    {kHungTask, Basis::kFrames, "hung task"},
    {kRcuStall, Basis::kStall, "RCU stall"},
    {kOom, Basis::kMessage, ""},
    {kMachineCheck, Basis::kMessage, "machine check"},
    {kNmi, Basis::kMessage, ""},
    {kSerror, Basis::kMessage, "SError"},
    {kSysrq, Basis::kMessage, ""},
    {kInitKilled, Basis::kMessage, ""},
    {kRootfsMount, Basis::kMessage, ""},
    {kKasan, Basis::kFrames, ""},
    {kListCorruption, Basis::kFrames, "list corruption"},
    {kMemoryCorruption, Basis::kFrames, "memory corruption"},
    {kWarning, Basis::kFrames, "WARNING"},
    {kFsError, Basis::kMessage, ""},
    {kWatchdogHw, Basis::kMessage, "hardware watchdog"},
    {kPanicOther, Basis::kBoth, "panic"},
    {kUnknown, Basis::kFrames, "unknown crash"},
}};
static_assert([] {
  for (std::size_t i = 0; i < kWordings.size(); ++i) {
    if (static_cast<std::size_t>(kWordings[i].category) != i) return false;
  }
  return true;
}());

// One function of a stack, as signatures see it.
struct Step {
  std::string function;
  std::string module;
  FrameContext context;
  bool interrupted;  // of registers that stand within a trace

  [[nodiscard]] bool ours(FrameRole role) const { return module.empty() && IsA(role, function); }
  [[nodiscard]] std::string Text() const {
    return module.empty() ? function : Cat(function, " [", module, ']');
  }
};
using Steps = std::vector<Step>;

void Add(const StackFrame& frame, bool interrupted, Steps& steps) {
  Step step{NormalFunction(frame.function), frame.module, frame.context, interrupted};
  // The registers, then the trace; recursion; a system call and its wrapper.
  const bool again = !steps.empty() && steps.back().function == step.function &&
                     steps.back().module == step.module;
  if (!again && !step.function.empty()) steps.push_back(std::move(step));
}

// The registers first. Frames that are guesses count where there are no others.
Steps StepsOf(const CallTrace& trace) {
  Steps steps;
  if (trace.instruction_pointer) Add(*trace.instruction_pointer, false, steps);
  if (steps.empty() || !trace.frames.empty()) {
    const bool reliable = std::ranges::any_of(trace.frames, [](const StackFrame& frame) {
      const std::string name = NormalFunction(frame.function);
      return frame.reliable && !IsA(FrameRole::kReporting, name) &&
             !IsA(FrameRole::kInterrupt, name) && !IsA(FrameRole::kEntry, name);
    });
    const bool guess = !reliable && steps.empty();
    for (const StackFrame& frame : trace.frames) {
      if (frame.reliable || guess) Add(frame, frame.instruction_pointer, steps);
    }
  }
  return steps;
}

bool Says(const Step& step) {
  return !step.ours(FrameRole::kHelper) && !step.ours(FrameRole::kWait);
}

// What is left of one context without what reports: an interrupt and what it interrupted are two
// stories, and the first with anything in it is the one that crashed.
Steps Significant(const Steps& all) {
  Steps steps;
  FrameContext context = FrameContext::kTask;
  const auto interrupted = std::ranges::find(all, true, &Step::interrupted);
  for (auto step = all.begin(); step != all.end(); ++step) {
    if (!steps.empty() && step->context != context && context != FrameContext::kTask) break;
    if (step->ours(FrameRole::kInterrupt)) {
      if (std::ranges::any_of(steps, Says)) break;
      steps.clear();
      continue;
    }
    if (step->ours(FrameRole::kReporting)) continue;
    // An NMI reports on what it interrupted.
    if (step->context == FrameContext::kNmi && step < interrupted && interrupted != all.end() &&
        step != all.begin()) {
      continue;
    }
    if (step->interrupted && std::ranges::any_of(steps, Says)) break;
    if (step->ours(FrameRole::kEntry)) break;
    if (step != all.begin() || step->context != FrameContext::kTask) context = step->context;
    steps.push_back(*step);
  }
  return steps;
}

void DropLeading(FrameRole role, FrameRole other, Steps& steps) {
  const auto first = std::ranges::find_if(
      steps, [&](const Step& step) { return !step.ours(role) && !step.ours(other); });
  if (first != steps.end()) steps.erase(steps.begin(), first);
}

// The outermost before where all such stacks begin; a module's frame before all others.
Steps OfStall(Steps steps) {
  const auto anchor =
      std::ranges::find_if(steps, [](auto& step) { return step.ours(FrameRole::kStallEntry); });
  if (anchor != steps.begin()) steps.erase(anchor, steps.end());
  DropLeading(FrameRole::kHelper, FrameRole::kWait, steps);
  // A task that was switched away from spins nowhere.
  if (std::ranges::all_of(steps, [](auto& step) { return step.ours(FrameRole::kWait); })) return {};
  const auto module = std::ranges::find_if(steps.rbegin(), steps.rend(),
                                           [](const Step& step) { return !step.module.empty(); });
  if (module != steps.rend()) {
    steps.erase(steps.begin(), module.base() - 1);
    if (steps.size() > kStallFrames) steps.resize(kStallFrames);
  } else if (steps.size() > kStallFrames) {
    steps.erase(steps.begin(), steps.end() - kStallFrames);
  }
  return steps;
}

Steps Culprits(const CrashReport& report, const CallTrace& trace, Basis basis) {
  Steps steps = Significant(StepsOf(trace));
  if (basis == Basis::kStall) return OfStall(std::move(steps));
  // The scheduler looks at the stacks of those that come to it.
  const bool waits = report.category == kHungTask || report.category == kStackCorruption ||
                     report.reason.contains("scheduling while atomic");
  DropLeading(FrameRole::kHelper, waits ? FrameRole::kWait : FrameRole::kHelper, steps);
  if (steps.size() > kSignatureFrames) steps.resize(kSignatureFrames);
  return steps;
}

// Whom the title names: where a stall spins is a matter of chance, save in a module.
const Step& Culprit(Basis basis, const Steps& steps) {
  const bool innermost = basis != Basis::kStall || !steps.front().module.empty();
  return innermost ? steps.front() : steps.back();
}

// KASAN says what it found: "slab-out-of-bounds".
std::string Words(const CrashReport& report, std::string_view words) {
  if (report.category != kKasan) return std::string(words);
  constexpr std::string_view kBug = "BUG: ";
  std::string_view text = report.reason;
  if (text.starts_with(kBug)) text.remove_prefix(kBug.size());
  return std::string(text.substr(0, std::min(text.find(" in "), text.size())));
}

// What the message of a crash is. Where a stack was to be had, the panic only repeats the category,
// and the report too, unless it names a file.
std::string MessageOf(const CrashReport& report, Basis basis) {
  // Kernels before 4.20 say it in other words.
  if (report.category == kSysrq) return "sysrq triggered crash";
  const bool panic = basis == Basis::kMessage || basis == Basis::kBoth;
  if (!panic && SourceFile(report.reason).empty()) return {};
  const std::string_view said = panic && !report.panic_message.empty()
                                    ? std::string_view(report.panic_message)
                                    : WithoutReporter(report.reason);
  // The exit status of init is what its message is about.
  if (report.category == kInitKilled) return std::string(said.substr(0, kMessageBytes));
  const std::string message = NormalMessage(said);
  return report.category == kFsError ? WithoutDevice(message) : message;
}

std::string TitleOf(const CrashReport& report, const Wording& wording, const std::string& message,
                    const Steps& steps) {
  std::string words = Words(report, wording.words);
  const bool frames = wording.basis == Basis::kFrames || wording.basis == Basis::kStall;
  if (!frames) return words.empty() ? message : Cat(words, ": ", message);
  if (steps.empty()) return words;
  return Cat(words, " in ", Culprit(wording.basis, steps).Text());
}

}  // namespace

void NameCrash(CrashReport& report, const CallTrace& trace) {
  const Wording& wording = kWordings[static_cast<std::size_t>(report.category)];
  const Basis basis = wording.basis;
  const std::string message = MessageOf(report, basis);
  // An SError comes when it comes: who ran may have caused it, and names nothing.
  const bool tells = basis != Basis::kMessage || report.category == kSerror;
  Steps steps = tells ? Culprits(report, trace, basis) : Steps{};
  if (!steps.empty()) {
    report.function = Culprit(basis, steps).function;
    report.module = Culprit(basis, steps).module;
  }
  if (basis == Basis::kMessage) steps.clear();
  report.title = TitleOf(report, wording, message, steps);
  CrashSignature& signature = report.signature;
  signature.basis = !steps.empty() ? "frames" : message.empty() ? "none" : "message";
  signature.pre_image = Cat(Name(report.category), '\n');
  const bool with_message = !message.empty() && (steps.empty() || basis == Basis::kBoth);
  if (with_message) signature.pre_image += Cat(message, '\n');
  for (const Step& step : steps) signature.pre_image += Cat(step.Text(), '\n');
}

}  // namespace kdumpd

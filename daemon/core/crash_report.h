// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a kernel log says of a crash. Every text in it comes from that log and is hostile.
namespace kdumpd {

// Bounded: the names are a metric label. Never renumbered; new ones go before kUnknown.
enum class CrashCategory {
  kNullDereference,
  kPageFault,
  kGeneralProtection,
  kKernelBug,
  kInvalidOpcode,
  kDivideError,
  kDoubleFault,
  kStackCorruption,
  kSoftLockup,
  kHardLockup,
  kHungTask,
  kRcuStall,
  kOom,
  kMachineCheck,
  kNmi,
  kSerror,
  kSysrq,
  kInitKilled,
  kRootfsMount,
  kKasan,  // and KFENCE, KMSAN
  kListCorruption,
  kMemoryCorruption,  // slab, bad page, reference count, usercopy
  kWarning,           // panic_on_warn, UBSAN
  kFsError,
  kWatchdogHw,  // hpwdt, pretimeout
  kPanicOther,
  kUnknown,
};
inline constexpr int kCrashCategories = 27;
[[nodiscard]] std::string_view Name(CrashCategory category);  // "null_dereference", ...

// Where a frame was seen: the marks around parts of a trace.
enum class FrameContext { kTask, kIrq, kNmi, kException };
inline constexpr int kFrameContexts = 4;
[[nodiscard]] std::string_view Name(FrameContext context);  // "task", "irq", "nmi", "exception"

struct StackFrame {
  std::string function;  // as printed, without offset: "finish_task_switch.isra.0"
  std::string module;    // "" for the kernel itself
  std::optional<std::uint64_t> offset;
  bool reliable = true;              // not marked "?" or "(unreliable)"
  bool instruction_pointer = false;  // from the line of the registers
  FrameContext context = FrameContext::kTask;

  friend bool operator==(const StackFrame&, const StackFrame&) = default;
};

// What two crashes of one cause have in common; vmcore.md's v1: the hash is the start of SHA-256
// over the pre-image. Whoever has a hash library fills it in.
struct CrashSignature {
  int version = 1;
  std::string hash;       // "v1-" and 16 hexadecimal digits; "" until it is hashed
  std::string basis;      // what it rests on: "frames", "message", "none"
  std::string pre_image;  // category, then one line for each frame or the message

  friend bool operator==(const CrashSignature&, const CrashSignature&) = default;
};

// nullopt or "": the log does not say.
struct CrashReport {
  CrashCategory category = CrashCategory::kUnknown;
  bool fatal = true;          // false: the kernel went on after what is reported here
  std::string title;          // "NULL pointer dereference in do_null_read [crashme]"
  std::string reason;         // the line that says why
  std::string panic_message;  // after "Kernel panic - not syncing: "; oopses have none with kdump
  std::optional<std::uint64_t> at_us;  // of the reason line: since boot
  std::string task;                    // that was running, or that hung
  std::optional<std::int64_t> pid;
  std::optional<std::uint32_t> cpu;
  std::string function;  // that the title names; of an SError who ran
  std::string module;
  std::string kernel_release;  // from the line of the CPU, or the banner at boot
  std::string hardware;        // "Hardware name: "
  std::string taint;           // its letters: "OE"; "" not tainted
  std::vector<StackFrame> frames;
  std::vector<std::string> modules;     // as printed: "crashme(OE)"
  std::uint32_t oopses = 0;             // the counter [#N] at its highest
  std::vector<std::string> last_lines;  // of the log, up to the reason and the line that counts it
  CrashSignature signature;

  friend bool operator==(const CrashReport&, const CrashReport&) = default;
};
inline constexpr std::size_t kMaxFrames = 64;
inline constexpr std::size_t kMaxModules = 512;
inline constexpr std::size_t kMaxLastLines = 8;

// Clips every text, makes it valid UTF-8 without control characters, and drops what is beyond the
// bounds above. Doing it again changes nothing.
void Sanitize(CrashReport& report);

}  // namespace kdumpd

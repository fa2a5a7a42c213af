// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

// Which functions of a stack say nothing about what went wrong. The table is in frame_table.cc.
namespace kdumpd {

enum class FrameRole {
  kInterrupt,   // where an interrupt begins: beyond it is what was interrupted
  kReporting,   // it reports, or only leads to what reports: never the culprit
  kHelper,      // a service of the kernel: its caller is the culprit
  kWait,        // how a task waits
  kEntry,       // where a stack begins; what is further out is the same for everybody
  kStallEntry,  // the same of a stack that spins, whose inner frames are a matter of chance
};

// One row of the table: names, and why they have that role. "x*" is every name that begins so, "*x"
// every one that has it in it.
struct FrameGroup {
  FrameRole role;
  std::string_view why;
  std::span<const std::string_view> names;
};
[[nodiscard]] std::span<const FrameGroup> FrameGroups();

// `name` as NormalFunction() gives it.
[[nodiscard]] bool IsA(FrameRole role, std::string_view name);

// The same for every build: without what the compiler appended (".isra.0", ".cold"), the wrapper of
// a system call ("__x64_sys_write", "ksys_write": "sys_write") and "_noprof" (6.10, allocators).
[[nodiscard]] std::string NormalFunction(std::string_view name);

}  // namespace kdumpd

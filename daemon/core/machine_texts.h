// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/capture_facts.h"
#include "daemon/core/error.h"
#include "daemon/core/history_facts.h"
#include "daemon/core/knobs.h"

// The small texts in which a kernel describes itself and its machine. All of them are pure.
namespace kdumpd {

// The content of a knob's file, trimmed. kInvalid when it is no number; the knobs that are written
// as words have a number each: Y and N of a module parameter, what ftrace shall dump.
[[nodiscard]] Result<std::int64_t> ParseKnob(Knob knob, std::string_view text);

// /proc/modules. Lines that do not parse are left out; at most 10,000.
[[nodiscard]] std::vector<KernelModule> ParseModules(std::string_view text);

// /proc/consoles (fs/proc/consoles.c show_console_dev). The same; at most 100.
[[nodiscard]] std::vector<Console> ParseConsoles(std::string_view text);

// "Panic" of the first line "Panic#1 Part1" (fs/pstore/platform.c pstore_dump); "" of any other.
[[nodiscard]] std::string PstoreKind(std::string_view text);

// The bracketed word of "none [integrity] confidentiality" (security/lockdown/lockdown.c
// lockdown_read).
[[nodiscard]] Result<std::string> ParseLockdown(std::string_view text);

// A variable of efivarfs that is one byte: four bytes of attributes, then 0 or 1
// (Documentation/filesystems/efivarfs.rst).
[[nodiscard]] Result<bool> ParseEfiFlag(std::string_view bytes);

// A cell of the device tree: four bytes, the most significant first.
[[nodiscard]] Result<std::uint32_t> ParseCell(std::string_view bytes);

}  // namespace kdumpd

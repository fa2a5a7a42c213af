// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/inspection.h"

// The kernel log as text: vmcore-dmesg.txt, dmesg.<stamp>, what `dmesg` or `journalctl -k` print.
// kernel_line.h knows the forms of its lines.
namespace kdumpd {

// Whether the start of a file or stream is a kernel log: text, and at least half of its lines say
// that they are the kernel's (lines without are the further lines of a message), or, where times
// are off, what announces a crash and the processor or stack of it, or the banner of a boot.
[[nodiscard]] bool LooksLikeKernelLog(std::string_view head);
inline constexpr std::size_t kLogHeadBytes = 8 << 10;

// Of such a text: how many lines, and the time of the newest. `clipped`: the text goes on.
[[nodiscard]] Inspection InspectLogText(std::string_view text, bool clipped);

// For a terminal or a file: printable ASCII, tabs and line feeds; every other byte as \xNN.
[[nodiscard]] std::string AsciiLog(std::string_view text);

}  // namespace kdumpd

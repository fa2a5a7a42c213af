// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

// What can be told by its form alone. Each function looks at `line` from `at` on and gives how many
// bytes it is, 0 when there is none; and reads a bounded number of bytes beyond what it takes.
namespace kdumpd {

// Dotted quads that stand alone: "10.0.0.1", not "1.2.3.4-rc1" nor the version "4.18.0.305".
[[nodiscard]] std::size_t Ipv4At(std::string_view line, std::size_t at);
// RFC 4291, 2.2; in full or with "::", with a dotted quad at its end, not "::" alone.
[[nodiscard]] std::size_t Ipv6At(std::string_view line, std::size_t at);
// Six pairs or more, as of Ethernet, InfiniBand, BOOTIF= and PCI serial numbers.
[[nodiscard]] std::size_t MacAt(std::string_view line, std::size_t at);
// 8-4-4-4-12, or 32 digits at once as in a machine id.
[[nodiscard]] std::size_t UuidAt(std::string_view line, std::size_t at);
// Sixteen digits, with or without 0x. `memory_map`: the line lists physical memory.
[[nodiscard]] std::size_t PointerAt(std::string_view line, std::size_t at, bool memory_map);
// Somebody@some.where; "(somebody@where)" as of who built a kernel. Not a systemd unit.
[[nodiscard]] std::size_t EmailAt(std::string_view line, std::size_t at);

// Part of a word, so that what is before or behind it belongs to it.
[[nodiscard]] bool IsWordByte(char c);
[[nodiscard]] bool IsAnyHexDigit(char c);

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kdumpd {

// A kernel log as it may leave the organisation: what names a person, a machine or a network is a
// fixed word in brackets instead, and everything that says what happened stays.
//
//   [ipv4] [ipv6] [mac] [email] [uuid] [serial] [host] [user] [secret]
//   [pointer]  an address of 16 hexadecimal digits. Numbers below 2^32, error numbers, poison
//              (0x6b6b..., LIST_POISON) and the memory map are none. Zeros in the call
//              traces that have them in brackets, which nothing could read otherwise
//   [network]  the value of ip= and its like on the kernel's command line
//
// Lines, time stamps, symbols with offsets, process and CPU numbers, versions and PCI addresses
// are as they were. Best effort: names that look like nothing stay (of modules, disks, tasks). In
// time linear in the text, whatever the text.
[[nodiscard]] std::string RedactLog(std::string_view text);

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// What a kernel says of a crash, without what differs from node to node.
namespace kdumpd {

inline constexpr std::size_t kMessageBytes = 160;

// Numbers and addresses are N, save in quotes; at most kMessageBytes.
[[nodiscard]] std::string NormalMessage(std::string_view message);
// Of a file system: "(device sda1)" and "(dm-0)" are "(device N)" and "(N)".
[[nodiscard]] std::string WithoutDevice(std::string_view message);

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kdumpd {

// All of it, at where the file stands. False: errno says why.
[[nodiscard]] bool WriteAll(int fd, std::string_view bytes);

}  // namespace kdumpd

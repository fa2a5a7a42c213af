// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kdumpd {

// A report as it may leave: what the kernel said, which may name anybody, as RedactLog() leaves it;
// ids, signatures and versions, by which crashes are told apart, as they are. Ends with a newline.
[[nodiscard]] std::string RedactedReport(std::string_view report);

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace kdumpd {

// Of the pre-image of a crash signature: "v1-" and the first 16 hexadecimal digits of its SHA-256.
[[nodiscard]] std::string SignatureHash(std::string_view pre_image);

}  // namespace kdumpd

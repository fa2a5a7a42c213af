// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// Texts in URLs: all but unreserved characters (RFC 3986, section 2.3) as %XX, once, as AWS signs
// them too.
namespace kdumpd {

[[nodiscard]] std::string EncodePath(std::string_view path);  // '/' stays
[[nodiscard]] std::string EncodeWord(std::string_view word);  // of a query

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include <string_view>

#include "daemon/core/upload.h"

namespace kdumpd {

// What a failure of libcurl (7.88) is to an upload. `why`: libcurl's own words, for where one code
// means several things.
[[nodiscard]] UploadProblem ProblemOf(CURLcode code, std::string_view why);

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "daemon/ship/file_bytes.h"
#include "daemon/ship/source.h"

namespace kdumpd {

// The file as age v1 (age-encryption.org/v1, C2SP age.md) to the plan's header, key and nonce.
// kState: the plan contradicts itself.
[[nodiscard]] Uploaded<std::unique_ptr<Source>> OpenAgeSource(FileInput file,
                                                              const UploadPlan& plan);

}  // namespace kdumpd

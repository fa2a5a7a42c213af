// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/age_source.h"

namespace kdumpd {

Uploaded<std::unique_ptr<Source>> OpenAgeSource(FileInput, const UploadPlan&) {
  return FailUpload(UploadProblem::kConfig, "encryption is not built in");
}

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "daemon/ship/sink.h"

namespace kdumpd {

Uploaded<std::unique_ptr<Sink>> OpenSink(SinkInput input) {
  const std::string_view url = input.target.url;
  if (url.starts_with("s3://")) return OpenS3(std::move(input));
  if (url.starts_with("sftp://")) return OpenSftp(std::move(input));
  if (url.starts_with("file://")) return OpenFiles(std::move(input));
  if (url.starts_with("https://") || url.starts_with("http://")) return OpenWeb(std::move(input));
  return FailUpload(UploadProblem::kConfig,
                    "the URL of the destination begins with none of s3://, sftp://, https://, "
                    "http:// and file://");
}

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#include "daemon/vmcore/inspect_log.h"

#include <algorithm>
#include <span>

#include "daemon/core/analyse_crash.h"
#include "daemon/core/kernel_log_text.h"
#include "daemon/vmcore/signature_hash.h"

namespace kdumpd {

void TakeCrash(std::string_view log, Inspection& inspection) {
  inspection.crash = AnalyseCrash(log);
  if (!inspection.crash) return;
  CrashSignature& signature = inspection.crash->signature;
  signature.hash = SignatureHash(signature.pre_image);
  if (inspection.kernel_release.empty()) {
    inspection.kernel_release = inspection.crash->kernel_release;
  }
}

Inspection InspectLog(const ByteSource& file, const InspectOptions& options) {
  const std::uint64_t size = std::min(file.Size(), kMaxLog.text_bytes + 1);
  std::string text(size, '\0');
  const auto got = file.ReadSome(file.Size() - size, std::as_writable_bytes(std::span(text)));
  if (!got) return Uninspected(file.Size(), "read_failed", got.error().message);
  text.resize(*got);
  const bool clipped = text.size() > kMaxLog.text_bytes;
  // Of whole lines.
  if (clipped) text.erase(0, text.find('\n', text.size() - kMaxLog.text_bytes) + 1);
  if (options.line) options.line(text);
  Inspection inspection = InspectLogText(text, clipped);
  inspection.bytes = file.Size();
  if (options.log.records > 0) TakeCrash(text, inspection);
  return inspection;
}

}  // namespace kdumpd

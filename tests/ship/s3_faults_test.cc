// SPDX-License-Identifier: Apache-2.0
//
// What servers do that no real one can be made to do.
#include <gtest/gtest.h>

#include "daemon/ship/digest.h"
#include "tests/ship/s3_faults.h"

namespace kdumpd {
namespace {

bool IsPart(const Asked& asked) { return asked.query.contains("partNumber"); }
bool IsComplete(const Asked& asked) {
  return asked.method == "POST" && asked.query.contains("uploadId");
}

struct Row {
  std::string_view what;
  MemoryS3::Fault fault;
  std::string_view sent, verified;
  UploadProof proof = UploadProof::kNone;
};

TEST(S3Faults, OfMultipartUploads) {
  const auto slow = MemoryS3::Failure(503, "SlowDown");
  const auto internal = MemoryS3::Failure(200, "InternalError");
  const std::string wrong(32, 'a');
  const std::vector<Row> rows{
      {"none", {}, "none", "none", UploadProof::kEtag},
      {"a part is throttled once", Once(IsPart, slow), "none", "none", UploadProof::kEtag},
      {"the connection breaks once", Once(IsPart, {.hang_up = true}), "none", "none",
       UploadProof::kEtag},
      {"RequestTimeout once", Once(IsPart, MemoryS3::Failure(400, "RequestTimeout")), "none",
       "none", UploadProof::kEtag},
      {"parts are always throttled", Always(IsPart, slow), "throttled", ""},
      {"a part has another MD5 once", Once(IsPart, {.headers = {{"ETag", wrong}}}), "none", "none",
       UploadProof::kEtag},
      {"parts always have another MD5", Always(IsPart, {.headers = {{"ETag", wrong}}}), "mismatch",
       ""},
      {"parts have no ETag", Always(IsPart, {}), "server", ""},
      {"a part's payload is refused",
       Always(IsPart, MemoryS3::Failure(400, "XAmzContentSHA256Mismatch")), "mismatch", ""},
      {"ETags of a key service are no MD5",
       DoesAndSays(IsPart,
                   {.headers = {{"ETag", wrong}, {"x-amz-server-side-encryption", "aws:kms"}}}),
       "none", "none", UploadProof::kEtag},
      {"no space", Always(IsPart, MemoryS3::Failure(403, "QuotaExceeded")), "refused", ""},
      {"completion fails with 200 once", Once(IsComplete, internal), "none", "none",
       UploadProof::kEtag},
      {"completion always fails with 200", Always(IsComplete, internal), "server", ""},
      {"completion fails with 200 for good",
       Always(IsComplete, MemoryS3::Failure(200, "AccessDenied")), "refused", ""},
      {"completion says nothing, and did nothing", Always(IsComplete, {}), "server", ""},
      {"completion says nothing, and did it", DoesAndSays(IsComplete, {}), "none", "none",
       UploadProof::kEtag},
      {"completion's answer is lost", DoesAndSays(IsComplete, {.hang_up = true}), "none", "none",
       UploadProof::kEtag},
      {"completion says yes, and did nothing",
       Always(IsComplete, {.body = "<CompleteMultipartUploadResult/>"}), "none", "mismatch"},
      {"a begun upload without a name",
       Always([](const Asked& a) { return a.query == "uploads="; },
              {.body = "<InitiateMultipartUploadResult/>"}),
       "server", ""},
      {"elsewhere",
       Always([](const Asked&) { return true; }, MemoryS3::Failure(301, "PermanentRedirect")),
       "config", ""},
  };
  for (const Row& row : rows) {
    MemoryS3 server(row.fault);
    MemorySteps steps;
    const Outcome outcome = Upload(server, kPart, steps);
    EXPECT_EQ(outcome.sent, row.sent) << row.what << ": " << outcome.why;
    EXPECT_EQ(outcome.verified, row.verified) << row.what << ": " << outcome.why;
    EXPECT_EQ(Name(outcome.proof), Name(row.proof)) << row.what;
  }
}

TEST(S3Faults, OfOnePiece) {
  const auto put = [](const Asked& asked) { return asked.method == "PUT"; };
  const auto head = [](const Asked& asked) { return asked.method == "HEAD"; };
  const auto get = [](const Asked& asked) { return asked.method == "GET"; };
  const std::string checksum = Base64(Sha256(kText));
  const auto both = [](MemoryS3::Fault first, MemoryS3::Fault second) {
    return [first, second](const Asked& asked, MemoryS3& server) mutable {
      auto says = first(asked, server);
      return says ? says : second(asked, server);
    };
  };
  const auto no_md5 = Always(head, {.headers = {{"ETag", "\"opaque\""}}, .length = kText.size()});
  const std::vector<Row> rows{
      {"none", {}, "none", "none", UploadProof::kEtag},
      {"200 that stored nothing", Always(put, {}), "none", "mismatch"},
      {"another size", Always(head, {.length = 5}), "none", "mismatch"},
      {"no MD5, but a checksum",
       Always(head, {.headers = {{"x-amz-checksum-sha256", checksum}}, .length = kText.size()}),
       "none", "none", UploadProof::kChecksum},
      {"another checksum: what is there counts",
       Always(head, {.headers = {{"x-amz-checksum-sha256", "AAAA"}}, .length = kText.size()}),
       "none", "none", UploadProof::kReadBack},
      {"no MD5", no_md5, "none", "none", UploadProof::kReadBack},
      {"no MD5, other bytes",
       both(no_md5, Always(get, {.status = 206, .body = "other bytes, same size."})), "none",
       "mismatch"},
      {"no MD5, it breaks in between",
       both(no_md5, Once(get, {.status = 206, .body = kText, .cut_after = 7})), "none", "none",
       UploadProof::kReadBack},
      {"no MD5, it breaks each time", both(no_md5, Always(get, {.hang_up = true})), "none",
       "unreachable"},
      {"no MD5, no bytes", both(no_md5, Always(get, {.status = 206})), "none", "server"},
      {"no MD5, more bytes than were asked for",
       both(no_md5, Always(get, {.status = 206, .body = kText + "!"})), "none", "server"},
      {"no MD5, ranges are ignored", both(no_md5, Always(get, {.body = kText})), "none", "none",
       UploadProof::kReadBack},
      {"no MD5, gone", both(no_md5, Always(get, MemoryS3::Failure(404, "NoSuchKey"))), "none",
       "mismatch"},
  };
  for (const Row& row : rows) {
    MemoryS3 server(row.fault);
    MemorySteps steps;
    const Outcome outcome = Upload(server, 0, steps);
    EXPECT_EQ(outcome.sent, row.sent) << row.what << ": " << outcome.why;
    EXPECT_EQ(outcome.verified, row.verified) << row.what << ": " << outcome.why;
    EXPECT_EQ(Name(outcome.proof), Name(row.proof)) << row.what;
  }
}

}  // namespace
}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_address.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

struct Row {
  std::string url, endpoint, region;
  bool path_style;
  std::string expected;  // of key "k"; "" it is none
};

TEST(S3Address, NamesHostAndPath) {
  const std::vector<Row> rows{
      {"s3://b", "", "eu-west-1", false, "https://b.s3.eu-west-1.amazonaws.com/k"},
      {"s3://b/p/q/", "", "eu-west-1", true, "https://s3.eu-west-1.amazonaws.com/b/p/q/k"},
      {"s3://b/", "", "cn-north-1", false, "https://b.s3.cn-north-1.amazonaws.com.cn/k"},
      {"s3://b/a b+ü", "https://s3.lab:9000", "r", false, "https://b.s3.lab:9000/a b+ü/k"},
      {"s3://b", "http://s3.lab/", "r", true, "http://s3.lab/b/k"},
      // No certificate covers it; no name can be before it.
      {"s3://b.c", "https://s3.lab", "r", false, "https://s3.lab/b.c/k"},
      {"s3://b", "http://127.0.0.1:9", "r", false, "http://127.0.0.1:9/b/k"},
      {"s3://b", "http://[::1]:9", "r", false, "http://[::1]:9/b/k"},
      // None.
      {"https://b", "", "r", false, ""},
      {"s3://", "", "r", false, ""},
      {"s3:///p", "", "r", false, ""},
      {"s3://b?x", "", "r", false, ""},
      {"s3://user@b", "", "r", false, ""},
      {"s3://b/../c", "", "r", false, ""},
      {"s3://b/a/./c", "", "r", false, ""},
      {"s3://b/a//c", "", "r", false, ""},
      {"s3://b/a\nc", "", "r", false, ""},
      {"s3://b", "s3.lab", "r", false, ""},
      {"s3://b", "ftp://s3.lab", "r", false, ""},
      {"s3://b", "https://", "r", false, ""},
      {"s3://b", "https://me:pw@s3.lab", "r", false, ""},
      {"s3://b", "https://s3.lab/path", "r", false, ""},
      {"s3://b", "", "", false, ""},
      {"s3://b", "", "r.evil.example/", false, ""},
  };
  for (const Row& row : rows) {
    UploadTarget target;
    target.url = row.url;
    target.endpoint = row.endpoint;
    target.region = row.region;
    target.path_style = row.path_style;
    const auto address = ParseS3Address(target);
    const std::string what = Cat(row.url, " at ", row.endpoint);
    ASSERT_EQ(address.has_value(), !row.expected.empty()) << what;
    if (address) {
      EXPECT_EQ(Cat(address->scheme, "://", address->host, address->Path(address->Key("k"))),
                row.expected)
          << what;
    } else {
      EXPECT_EQ(address.error().problem, UploadProblem::kConfig) << what;
      EXPECT_FALSE(address.error().message.contains("pw")) << what;
    }
  }
}

TEST(S3Address, TheBucketIsAPathToo) {
  UploadTarget target;
  target.url = "s3://b/p";
  EXPECT_EQ(ParseS3Address(target)->Path(""), "/");
  target.path_style = true;
  EXPECT_EQ(ParseS3Address(target)->Path(""), "/b");
}

}  // namespace
}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/sigv4.h"

#include <gtest/gtest.h>

#include "daemon/ship/url_encode.h"

#include "daemon/ship/digest.h"

namespace kdumpd {
namespace {

std::string Named(const NamedTexts& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "(none)";
}

std::string Signature(const NamedTexts& headers) {
  const std::string text = Named(headers, "authorization");
  return text.substr(text.find("Signature=") + 10);
}

struct Row {
  std::string_view what;
  std::string method, path;
  NamedTexts query, headers;
  std::string body, token, signature;
};

// The four of docs.aws.amazon.com ("Signature Calculations for the Authorization Header"), then
// botocore's answers to what a key may hold.
const std::vector<Row> kS3Rows{
    {"a range",
     "GET",
     "/test.txt",
     {},
     {{"Range", "bytes=0-9"}},
     "",
     "",
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {"a PUT",
     "PUT",
     "/test$file.text",
     {},
     {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
     "Welcome to Amazon S3.",
     "",
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {"a query without a value",
     "GET",
     "/",
     {{"lifecycle", ""}},
     {},
     "",
     "",
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"a list",
     "GET",
     "/",
     {{"prefix", "J"}, {"max-keys", "2"}},
     {},
     "",
     "",
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    {"odd characters",
     "GET",
     "/a b+c=d:e/ü@,;~(x)!*'",
     {},
     {},
     "",
     "",
     "7d699c0acad1389d208f093b239fd35becdf48110a8d3d5c16798c6276afe312"},
    {"empty segments stay",
     "GET",
     "/a//b/",
     {},
     {},
     "",
     "",
     "3189262023d09307c0820a4a0110caedeee02dd2adcfcb1c32eb4d34bf725b50"},
    {"query to be encoded",
     "PUT",
     "/k",
     {{"uploadId", "a/b+c=="}, {"partNumber", "10"}},
     {},
     "",
     "",
     "22802ecc53aa4eaef601f9691ce2c2f3629d92b4a475052cd1dfe376b7625907"},
    {"sorted by bytes",
     "GET",
     "/",
     {{"prefix", "x y"}, {"list-type", "2"}, {"a", "~"}, {"A", "1"}},
     {},
     "",
     "",
     "70a6f27f2edec1567674ea146327a114c9f99dd29583a4b5f6c4161fd68c4d4a"},
    {"a session token",
     "GET",
     "/k",
     {},
     {},
     "",
     "tok/en+==",
     "42543c086af736eb7fb2a81ab854ecddd35f5228391818ba55e0beb8a8577b62"},
};

TEST(SigV4, SignsAsPublished) {
  for (const Row& row : kS3Rows) {
    const AwsKey key{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", row.token};
    const Signable request{.method = row.method,
                           .host = "examplebucket.s3.amazonaws.com",
                           .path = row.path,
                           .query = row.query,
                           .headers = row.headers,
                           .payload_hash = Hex(Sha256(row.body)),
                           .region = "us-east-1"};
    const NamedTexts added = SignV4(request, key, 1369353600);
    EXPECT_EQ(Signature(added), row.signature) << row.what;
    EXPECT_EQ(Named(added, "x-amz-date"), "20130524T000000Z");
    EXPECT_EQ(Named(added, "x-amz-content-sha256"), Hex(Sha256(row.body)));
    EXPECT_EQ(Named(added, "x-amz-security-token"), row.token.empty() ? "(none)" : row.token);
  }
}

// aws-sig-v4-test-suite: another service has no x-amz-content-sha256.
TEST(SigV4, SignsForOtherServices) {
  const std::vector<Row> rows{
      {"get-vanilla",
       "GET",
       "/",
       {},
       {},
       "",
       "",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"post-vanilla",
       "POST",
       "/",
       {},
       {},
       "",
       "",
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"get-vanilla-query-order-key-case",
       "GET",
       "/",
       {{"Param2", "value2"}, {"Param1", "value1"}},
       {},
       "",
       "",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
  };
  for (const Row& row : rows) {
    const Signable request{.method = row.method,
                           .host = "example.amazonaws.com",
                           .query = row.query,
                           .payload_hash = Hex(Sha256("")),
                           .region = "us-east-1",
                           .service = "service"};
    const NamedTexts added = SignV4(
        request, {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""}, 1440938160);
    EXPECT_EQ(Signature(added), row.signature) << row.what;
  }
}

TEST(SigV4, EncodesEveryByteOnce) {
  EXPECT_EQ(EncodePath("/a b%20/ü~-._"), "/a%20b%2520/%C3%BC~-._");
  EXPECT_EQ(EncodePath(std::string_view("\0\xff", 2)), "%00%FF");
  EXPECT_EQ(EncodeQuery({{"b", "/ +"}, {"a", ""}}), "a=&b=%2F%20%2B");
  EXPECT_EQ(EncodeForm({{"b", "1"}, {"a", "&="}}), "b=1&a=%26%3D");
}

}  // namespace
}  // namespace kdumpd

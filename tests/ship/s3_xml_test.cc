// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/s3_xml.h"

#include <gtest/gtest.h>

#include "daemon/core/text.h"

namespace kdumpd {
namespace {

constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

TEST(S3Xml, SaysWhatFailed) {
  struct Row {
    std::string_view body, code, message;  // code "-": it is no failure
  };
  const std::vector<Row> rows{
      {"<Error><Code>NoSuchKey</Code><Message>It is not there.</Message><Key>k</Key></Error>",
       "NoSuchKey", "It is not there."},
      {"<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>"
       "</Error></ErrorResponse>",
       "ExpiredTokenException", ""},
      {"<Error/>", "", ""},
      {"<Error><Code>a&#10;b</Code><Message>&#27;[1m</Message></Error>", "", "\\x1b[1m"},
      {"<CompleteMultipartUploadResult/>", "-", ""},
      {"<Error><Code>NoSuch", "-", ""},
      {"not XML", "-", ""},
      {"", "-", ""},
  };
  for (const Row& row : rows) {
    const auto failure = ParseS3Failure(Cat(kHead, row.body));
    EXPECT_EQ(failure.has_value(), row.code != "-") << row.body;
    if (!failure || row.code == "-") continue;
    EXPECT_EQ(failure->code, row.code) << row.body;
    EXPECT_EQ(failure->message, row.message) << row.body;
  }
}

TEST(S3Xml, FindsTheUploadId) {
  const auto of = [](std::string_view id) {
    return ParseUploadId(Cat(
        kHead, "<InitiateMultipartUploadResult xmlns=\"http://x/\"><Bucket>b</Bucket><UploadId>",
        id, "</UploadId></InitiateMultipartUploadResult>"));
  };
  EXPECT_EQ(of("VXBsb2FkIElE/+="), "VXBsb2FkIElE/+=");
  EXPECT_EQ(of(" \n2~x\n "), "2~x");
  EXPECT_EQ(of("a&amp;b"), "a&b");
  EXPECT_EQ(of(std::string(1024, 'x')).size(), 1024);
  for (const std::string& none : {std::string(), std::string("a b"), std::string("a&#10;b"),
                                  std::string("ü"), std::string(1025, 'x')}) {
    EXPECT_EQ(of(none), "") << none;
  }
  EXPECT_EQ(ParseUploadId("<Error><UploadId>x</UploadId></Error>"), "");
}

TEST(S3Xml, ReadsPagesOfParts) {
  const auto page = ParsePartsPage(Cat(kHead, R"(<ListPartsResult xmlns="http://x/">
    <NextPartNumberMarker>7</NextPartNumberMarker><IsTruncated>true</IsTruncated>
    <Part><PartNumber>1</PartNumber><ETag>"e1"</ETag><Size>5242880</Size></Part>
    <Part><PartNumber>7</PartNumber><ETag>&quot;e7&quot;</ETag><Size>9</Size></Part>
    <Part><PartNumber>0</PartNumber><ETag>e</ETag><Size>9</Size></Part>
    <Part><PartNumber>10001</PartNumber><ETag>e</ETag><Size>9</Size></Part>
    <Part><PartNumber>-2</PartNumber><ETag>e</ETag><Size>9</Size></Part>
    <Part><PartNumber>3</PartNumber><ETag>e</ETag><Size>99999999999999999999</Size></Part>
    <Part><PartNumber>4</PartNumber><Size>9</Size></Part></ListPartsResult>)"));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next, "7");
  ASSERT_EQ(page->parts.size(), 2);
  EXPECT_EQ(page->parts.at(1).bytes, 5242880);
  EXPECT_EQ(page->parts.at(1).etag, "e1");
  EXPECT_EQ(page->parts.at(7).etag, "e7");
  EXPECT_EQ(ParsePartsPage("<ListPartsResult><NextPartNumberMarker>7</NextPartNumberMarker>"
                           "<IsTruncated>false</IsTruncated></ListPartsResult>")
                ->next,
            "");
  EXPECT_FALSE(ParsePartsPage("<ListBucketResult/>"));
  EXPECT_FALSE(ParsePartsPage("<ListPartsResult>"));
}

TEST(S3Xml, ReadsPagesOfUploads) {
  const auto page = ParseUploadsPage(R"(<ListMultipartUploadsResult>
    <IsTruncated>true</IsTruncated><NextKeyMarker>a b</NextKeyMarker>
    <NextUploadIdMarker>i2</NextUploadIdMarker>
    <Upload><Key>a b&lt;</Key><UploadId>i1</UploadId></Upload>
    <Upload><Key>a</Key><UploadId></UploadId></Upload></ListMultipartUploadsResult>)");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->uploads.size(), 1);
  EXPECT_EQ(page->uploads[0].key, "a b<");
  EXPECT_EQ(page->uploads[0].id, "i1");
  EXPECT_EQ(page->next_key, "a b");
  EXPECT_EQ(page->next_id, "i2");
  EXPECT_FALSE(ParseUploadsPage("<Error/>"));
}

std::string RoleWith(std::string_view id, std::string_view expiration) {
  return Cat(
      R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
    <AssumeRoleWithWebIdentityResult><Credentials><SessionToken>tok+/=</SessionToken>
    <SecretAccessKey>sec</SecretAccessKey><Expiration>)",
      expiration, "</Expiration><AccessKeyId>", id,
      "</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>"
      "</AssumeRoleWithWebIdentityResponse>");
}

TEST(S3Xml, ReadsTheKeyOfARole) {
  for (const char* time : {"2026-11-30T12:00:00Z", "2026-11-30T12:00:00.123Z"}) {
    const auto role = ParseAssumedRole(RoleWith("ASIA1", time));
    ASSERT_TRUE(role) << time;
    EXPECT_EQ(role->id, "ASIA1");
    EXPECT_EQ(role->secret, "sec");
    EXPECT_EQ(role->session_token, "tok+/=");
    EXPECT_EQ(role->expires, 1796040000);
  }
  EXPECT_FALSE(ParseAssumedRole(RoleWith("", "2026-11-30T12:00:00Z")));
  EXPECT_FALSE(ParseAssumedRole(RoleWith("ASIA1", "tomorrow")));
  EXPECT_FALSE(ParseAssumedRole("<x/>"));
}

TEST(S3Xml, AnEtagIsNoMarkup) {
  EXPECT_EQ(Unquoted("\"abc\""), "abc");
  EXPECT_EQ(Unquoted("W/\"abc\""), "abc");
  EXPECT_EQ(Unquoted(" abc "), "abc");
  EXPECT_EQ(Unquoted("\""), "\"");
  EXPECT_EQ(CompleteBody({{1, "a"}, {2, "b</ETag>&<"}}),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>&quot;b/ETag&quot;</ETag></Part>"
            "</CompleteMultipartUpload>");
}

// What is nested without end costs memory in proportion, and no stack.
TEST(S3Xml, SurvivesDepth) {
  std::string deep;
  for (int i = 0; i < 300'000; ++i) deep += "<a>";
  EXPECT_FALSE(ParseS3Failure(deep));
  std::string closed = deep;
  for (int i = 0; i < 300'000; ++i) closed += "</a>";
  EXPECT_FALSE(ParseS3Failure(closed));
  // Entities of its own are text.
  EXPECT_EQ(
      ParseS3Failure("<!DOCTYPE a [<!ENTITY x \"yyyy\">]><Error><Message>&x;</Message></Error>")
          ->message,
      "&x;");
}

}  // namespace
}  // namespace kdumpd

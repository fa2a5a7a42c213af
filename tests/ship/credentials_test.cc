// SPDX-License-Identifier: Apache-2.0
#include "daemon/ship/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "daemon/core/text.h"
#include "tests/host/temporary_tree.h"
#include "tests/support/http_double.h"

namespace kdumpd {
namespace {

constexpr std::int64_t kNow = 1796040000;  // 2026-11-30T12:00:00Z

std::string Shown(const Uploaded<AwsKey>& key) {
  return key ? Cat(key->id, "|", key->secret, "|", key->session_token)
             : std::string(Name(key.error().problem));
}

TEST(Credentials, AreReadFromAProfile) {
  struct Row {
    std::string_view text, expected;
  };
  const std::vector<Row> rows{
      {"[default]\naws_access_key_id = A\naws_secret_access_key = s=/+\n", "A|s=/+|"},
      {"[default]\r\naws_access_key_id=A\r\naws_secret_access_key=s\r\naws_session_token=t\r\n",
       "A|s|t"},
      {"# c\n; c\n[ default ]\n\nregion = x\naws_access_key_id =A\n aws_secret_access_key= s",
       "A|s|"},
      {"[other]\naws_access_key_id=B\naws_secret_access_key=b\n[default]\naws_access_key_id=A\n"
       "aws_secret_access_key=s\n[last]\naws_secret_access_key=z\n",
       "A|s|"},
      {"[other]\naws_access_key_id=B\naws_secret_access_key=b\n", "credentials"},
      {"aws_access_key_id=A\naws_secret_access_key=s\n", "credentials"},
      {"[default]\naws_access_key_id=A\n", "credentials"},
      {"[default]\naws_access_key_id=A\naws_secret_access_key=\n", "credentials"},
      {"[default]\naws_access_key_id=A B\naws_secret_access_key=s\n", "credentials"},
      {"[default\naws_access_key_id=A\naws_secret_access_key=s\n", "A|s|"},
      {"[", "credentials"},
      {"", "credentials"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(Shown(ParseAwsCredentials(row.text)), row.expected) << row.text;
}

TEST(Credentials, FileThenEnvironment) {
  const TemporaryTree tree;
  const std::string file = tree.path() + "/file";
  const Credentials::Environment environment{
      {"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "e"}, {"AWS_SESSION_TOKEN", "t"}};
  Credentials both(file, environment, "r", "");
  EXPECT_EQ(Shown(both.Get(kNow)), "credentials") << "a file that is configured has to be there";
  tree.Write("file", "[default]\naws_access_key_id=A\naws_secret_access_key=s\n");
  EXPECT_EQ(Shown(both.Get(kNow)), "A|s|");
  tree.Write("file", "[default]\naws_access_key_id=B\naws_secret_access_key=s\n");
  EXPECT_EQ(Shown(both.Get(kNow)), "B|s|") << "it rotates";
  EXPECT_EQ(Shown(Credentials("", environment, "r", "").Get(kNow)), "E|e|t");
  EXPECT_EQ(Shown(Credentials("", {{"AWS_ACCESS_KEY_ID", "E"}}, "r", "").Get(kNow)), "credentials");
  EXPECT_EQ(Shown(Credentials("", {}, "r", "").Get(kNow)), "credentials");
}

TEST(Credentials, NoFileIsReadWithoutEnd) {
  const TemporaryTree tree;
  tree.Write("large", "[default]\naws_access_key_id=A\naws_secret_access_key=s\n" +
                          std::string(64 << 10, '#'));
  ASSERT_EQ(mkfifo((tree.path() + "/pipe").c_str(), 0600), 0);
  for (const std::string& path :
       {tree.path() + "/large", tree.path() + "/pipe", tree.path(), std::string("/dev/zero")}) {
    const auto key = Credentials(path, {}, "r", "").Get(kNow);
    EXPECT_EQ(Shown(key), "credentials") << path;
    EXPECT_TRUE(key.error().message.contains(path)) << key.error().message;
  }
}

// A token of a file for a key of an hour, from something that speaks STS.
class WebIdentity : public testing::Test {
 protected:
  WebIdentity()
      : sts_([this](const HttpDouble::Asked&) { return says; }),
        credentials_("", Environment(), "r", "") {
    tree_.Write("token", "hidden-token\n");
  }
  Credentials::Environment Environment() const {
    return {{"AWS_WEB_IDENTITY_TOKEN_FILE", tree_.path() + "/token"},
            {"AWS_ROLE_ARN", "arn:aws:iam::1:role/kdump"},
            {"AWS_ENDPOINT_URL_STS", sts_.url()}};
  }
  static std::string Role(std::string_view id) {
    return Cat(
        "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
        "<SessionToken>t</SessionToken><SecretAccessKey>s</SecretAccessKey><AccessKeyId>",
        id,
        "</AccessKeyId><Expiration>2026-11-30T13:00:00Z</Expiration></Credentials>"
        "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>");
  }

  HttpDouble::Says says{.body = Role("ASIA1")};  // changed only while nothing is asked
  TemporaryTree tree_;
  HttpDouble sts_;
  Credentials credentials_;
};

TEST_F(WebIdentity, IsExchangedForAKey) {
  EXPECT_EQ(Shown(credentials_.Get(kNow)), "ASIA1|s|t");
  EXPECT_EQ(sts_.asked()[0].body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&"
            "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fkdump&RoleSessionName=kdumpd&"
            "WebIdentityToken=hidden-token");
  says.body = Role("ASIA2");
  EXPECT_EQ(Shown(credentials_.Get(kNow + 3299)), "ASIA1|s|t") << "it is kept";
  EXPECT_EQ(Shown(credentials_.Get(kNow + 3300)), "ASIA2|s|t") << "until 5 minutes before its end";
  credentials_.Forget();
  says.body = Role("ASIA3");
  EXPECT_EQ(Shown(credentials_.Get(kNow)), "ASIA3|s|t");
  EXPECT_EQ(sts_.asked().size(), 3);
}

TEST_F(WebIdentity, SaysWhyThereIsNone) {
  struct Row {
    HttpDouble::Says says;
    std::string_view problem;
  };
  const std::string denied =
      "<ErrorResponse><Error><Code>AccessDenied</Code><Message>hidden-token</Message></Error>"
      "</ErrorResponse>";
  const std::vector<Row> rows{
      {{.status = 403, .body = denied}, "credentials"},
      {{.status = 400, .body = "hidden-token"}, "credentials"},
      {{.status = 503}, "throttled"},
      {{.status = 500}, "server"},
      {{.body = "<html>hidden-token</html>"}, "server"},
      {{.body = Role("ASIA1 x")}, "server"},
      {{.hang_up = true}, "unreachable"},
  };
  for (const Row& row : rows) {
    says = row.says;
    const auto key = credentials_.Get(kNow);
    EXPECT_EQ(Shown(key), row.problem);
    EXPECT_FALSE(key.error().message.contains("hidden")) << key.error().message;
  }
  says = {.body = Role("ASIA1")};
  tree_.Write("token", std::string((64 << 10) + 1, 'x'));
  EXPECT_EQ(Shown(credentials_.Get(kNow)), "credentials");
}

}  // namespace
}  // namespace kdumpd

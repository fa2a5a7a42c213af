// SPDX-License-Identifier: Apache-2.0
#include "daemon/render/html_values.h"

#include "daemon/core/text.h"
#include "daemon/render/outline.h"
#include "daemon/render/render.h"

namespace kdumpd {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : Shown(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string TimeHtml(std::int64_t seconds) {
  const std::string time = Rfc3339(seconds);
  std::string shown = time.substr(0, time.size() - 1) + " UTC";
  shown[time.find('T')] = ' ';
  return Cat("<time datetime=\"", time, "\">", shown, "</time>");
}

}  // namespace kdumpd

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/core/call_trace.h"
#include "daemon/core/crash_report.h"

// What a crash is called, and what it has in common with the same crash elsewhere.
namespace kdumpd {

// Fills in function, module, title and signature, all but its hash, of a report whose category,
// reason and panic message stand. Frames count first; where a stack is a matter of chance (out of
// memory, an NMI), or says nothing, the message does.
void NameCrash(CrashReport& report, const CallTrace& trace);

}  // namespace kdumpd

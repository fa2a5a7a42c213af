# SPDX-License-Identifier: Apache-2.0
"""Every scenario, in the order in which they run: the longest first."""
from . import rhel  # noqa: F401
from . import collect  # noqa: F401
from . import causes  # noqa: F401
from . import debugger  # noqa: F401
from . import broken  # noqa: F401
from . import drill  # noqa: F401
from . import healthy  # noqa: F401
from . import sysrq  # noqa: F401

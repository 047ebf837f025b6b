"""marshmallow's Field with the type of its value in brackets, for marshmallow 3 as well as 4."""

from typing import TYPE_CHECKING, Any

from marshmallow import fields

if TYPE_CHECKING:
    from marshmallow.fields import Field
else:

    class Field(fields.Field):
        """A field of one type of value; marshmallow 3, which applications pin, takes none."""

        def __class_getitem__(cls, _kind: Any) -> type:
            """Give the class itself, because only the type checker looks at the type."""
            return cls


__all__ = ["Field"]

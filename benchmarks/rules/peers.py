"""The peers on Polars data frames: expressions by hand, Pandera and Pointblank; each in its documented way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import polars as pl

from benchmarks.rules.engine import Engine


def _number(column: str) -> Any:
    return pl.col(column).cast(pl.Float64, strict=False)


def _passes(counties: Any) -> Mapping[str, Any]:
    """Rule -> whether a record passes; a blank is null in Polars, and null passes."""
    told = {
        "id_unique": pl.col("id").is_unique(),
        "lei_there": pl.col("lei").is_not_null(),
        "lei_length": pl.col("lei").str.len_chars() == 20,
        "action_known": pl.col("action").is_in(list("12345678")),
        "zip_form": pl.col("zip").str.contains("^[0-9]{5}$"),
        "rate_range": _number("rate").is_between(0, 25),
        "value_covers": _number("value") >= _number("amount"),
        "kind_there": (pl.col("purpose") != "1") | pl.col("kind").is_not_null(),
        "date_real": pl.col("date").is_null() | pl.col("date").str.to_date("%Y%m%d", strict=False).is_not_null(),
        "county_listed": pl.col("county").is_in(counties.to_list()),
    }
    return {name: condition.fill_null(value=True) for name, condition in told.items()}


class OnPolars(Engine):
    """Both files as Polars data frames of text."""

    def libraries(self) -> Mapping[str, str]:
        """Polars, and what stands on it."""
        return {"polars": version("polars")}

    def load(self) -> None:
        """Nothing is inferred: every column is text."""
        self.frame = pl.read_csv(self.loans, infer_schema=False)
        self.passes = _passes(pl.read_csv(self.counties, infer_schema=False)["county"])


class Polars(OnPolars):
    """A filter per rule."""

    mode = "a filter a rule, eager"

    def run(self) -> Mapping[str, Sequence[str]]:
        """Ids."""
        return {name: self.frame.filter(~passes)["id"].to_list() for name, passes in self.passes.items()}


class Pandera(OnPolars):
    """One schema with a named check per rule, validated lazily; failing records are known by their row."""

    mode = "one schema, lazy validation"

    def libraries(self) -> Mapping[str, str]:
        """Both."""
        return {**super().libraries(), "pandera": version("pandera")}

    def run(self) -> Mapping[str, Sequence[str]]:
        """Ids, looked up by row."""
        import pandera.polars as pa

        def checked(name: str, passes: Any) -> Any:
            return pa.Check(lambda data: data.lazyframe.select(passes.alias(name)), name=name, error=name)

        schema = pa.DataFrameSchema(checks=[checked(name, passes) for name, passes in self.passes.items()])
        found: dict[str, Sequence[str]] = {name: [] for name in self.passes}
        try:
            schema.validate(self.frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            cases = errors.failure_cases.select("check", "index").unique()
            ids = self.frame["id"]
            for name in found:
                found[name] = ids.gather(cases.filter(pl.col("check") == name)["index"]).to_list()
        return found


class Pointblank(OnPolars):
    """One step per rule, interrogated at once; all failing records are extracted, not the first 500 only."""

    mode = "a step a rule, extract_limit raised to all records"

    def libraries(self) -> Mapping[str, str]:
        """Both."""
        return {**super().libraries(), "pointblank": version("pointblank")}

    def run(self) -> Mapping[str, Sequence[str]]:
        """Ids, from the extracts of the steps."""
        import pointblank as pb

        plan = pb.Validate(data=self.frame)
        for passes in self.passes.values():
            plan = plan.col_vals_expr(expr=passes)
        done = plan.interrogate(extract_limit=self.frame.height)
        extracts = done.get_data_extracts()
        return {name: extracts[step]["id"].to_list() if extracts.get(step) is not None else []
                for step, name in enumerate(self.passes, start=1)}

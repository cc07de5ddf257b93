"""The fields of a loan/application register of 2023, in the order of the file; names as in CFPB's file schemas."""

from __future__ import annotations

# The transmittal sheet: the first line of the file.
_SHEET = """
    record_id inst_name calendar_year calendar_quarter contact_name contact_tel contact_email contact_street_address
    office_city office_state office_zip federal_agency lar_entries tax_id lei
"""

# A loan or application: every other line.
_LOAN = """
    record_id lei uli app_date loan_type loan_purpose preapproval const_method occ_type loan_amount action_taken
    action_date street_address city state zip_code county tract app_eth_1 app_eth_2 app_eth_3 app_eth_4 app_eth_5
    app_eth_free co_app_eth_1 co_app_eth_2 co_app_eth_3 co_app_eth_4 co_app_eth_5 co_app_eth_free app_eth_basis
    co_app_eth_basis app_race_1 app_race_2 app_race_3 app_race_4 app_race_5 app_race_native_text app_race_asian_text
    app_race_islander_text co_app_race_1 co_app_race_2 co_app_race_3 co_app_race_4 co_app_race_5
    co_app_race_native_text co_app_race_asian_text co_app_race_islander_text app_race_basis co_app_race_basis
    app_sex co_app_sex app_sex_basis co_app_sex_basis app_age co_app_age income purchaser_type rate_spread hoepa
    lien app_credit_score co_app_credit_score app_score_name app_score_code_8 co_app_score_name co_app_score_code_8
    denial_1 denial_2 denial_3 denial_4 denial_code_9 loan_costs points_fees origination_fee discount_points
    lender_credits interest_rate prepayment_penalty dti cltv loan_term intro_rate balloon int_only_pmts neg_amort
    non_amort_features property_value manufactured_type manufactured_interest total_units affordable_units
    app_submission initially_payable mlo_id aus_1 aus_2 aus_3 aus_4 aus_5 aus_code_5 aus_result_1 aus_result_2
    aus_result_3 aus_result_4 aus_result_5 aus_code_16 reverse_mortgage open_end_credit business_purpose
"""

TRANSMITTAL_SHEET = tuple(_SHEET.split())
LOAN = tuple(_LOAN.split())

# What a look-up table beside the file must have: the filer as it registered, and the census tracts of the year.
TABLES = {"filer": ("federal_agency", "tax_id", "lei"), "census": ("tract", "county", "small_county")}

# "Bulk call details", curl.
curl https://<your_api_key>:<your_api_token><subdomain>/v1/Accounts/<your_sid>/Calls
